import { textOf } from '@gemba/engine/formula/values'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { escaped, type ReportDocument } from './report-document.ts'

const KINDS = { qr: 'qrcode', code128: 'code128', code39: 'code39', ean13: 'ean13', datamatrix: 'datamatrix' } as const
/** Points of a picture for each of the narrowest lines: enough for a scanner that reads from paper. */
const POINTS_PER_LINE = 4

/** Words in the place of a picture, where lines have no height of their own. */
const WORDS = 'display:block;padding:0 1mm;line-height:1.38;text-align:left;white-space:normal;overflow-wrap:anywhere'

/** A bar code or QR code: drawn as lines or as points, or in words why it cannot be. */
export type DrawnCode = { key: string; text: string; svg: string; png: () => Promise<Buffer> } | { problem: string }

/** Draws the codes of a report; undefined where a cell holds none. */
export async function codesOf({
  result,
  locale,
}: ReportDocument): Promise<(shown: ShownCell) => DrawnCode | undefined> {
  const cells = result.all.flatMap(({ run }) => run.template.cells)
  if (!cells.some(({ source: { value } }) => value !== undefined && 'code' in value)) return () => undefined
  const { toBuffer, toSVG } = await import('bwip-js/node')
  return ({ cell, value, blank }) => {
    const source = cell.source.value
    const text = textOf(value)
    if (blank || text === '' || source === undefined || !('code' in source)) return undefined
    const { kind, level, caption } = source.code
    const order = {
      bcid: KINDS[kind],
      text,
      includetext: caption === true && kind !== 'qr' && kind !== 'datamatrix',
      ...(kind === 'qr' && level !== undefined ? { eclevel: level } : {}),
    }
    try {
      return {
        key: JSON.stringify(order),
        text,
        svg: toSVG(order),
        png: () => toBuffer({ ...order, scale: POINTS_PER_LINE }),
      }
    } catch {
      return { problem: `${locale === 'zh-CN' ? '无法编码：' : 'Not encodable: '}${text.slice(0, 40)}` }
    }
  }
}

/** Codes as vector pictures of a page; what cannot be encoded says so in words. */
export async function drawCode(document: ReportDocument): Promise<(shown: ShownCell) => string> {
  const codeOf = await codesOf(document)
  return (shown) => {
    const code = codeOf(shown)
    if (code === undefined) return ''
    if ('problem' in code) return `<span style="${WORDS}">${escaped(code.problem)}</span>`
    const label = `role="img" aria-label="${escaped(code.text)}"`
    return code.svg.replace('<svg ', `<svg ${label} preserveAspectRatio="xMidYMid meet" `)
  }
}
