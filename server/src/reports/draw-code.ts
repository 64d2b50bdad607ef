import { textOf } from '@gemba/engine/formula/values'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { escaped, type ReportDocument } from './report-document.ts'

const KINDS = { qr: 'qrcode', code128: 'code128', code39: 'code39', ean13: 'ean13', datamatrix: 'datamatrix' } as const

/** Bar codes and QR codes as vector pictures; what cannot be encoded says so in words. */
export async function drawCode(document: ReportDocument): Promise<(shown: ShownCell) => string> {
  const { toSVG } = await import('bwip-js/node')
  return ({ cell, value }) => {
    const source = cell.source.value
    if (source === undefined || !('code' in source)) return ''
    const { kind, level, caption } = source.code
    const text = textOf(value)
    if (text === '') return ''
    try {
      const svg = toSVG({
        bcid: KINDS[kind],
        text,
        includetext: caption === true && kind !== 'qr' && kind !== 'datamatrix',
        ...(kind === 'qr' && level !== undefined ? { eclevel: level } : {}),
      })
      return svg.replace('<svg ', `<svg role="img" aria-label="${escaped(text)}" preserveAspectRatio="xMidYMid meet" `)
    } catch {
      return `<span>${document.locale === 'zh-CN' ? '无法编码：' : 'Not encodable: '}${escaped(text.slice(0, 40))}</span>`
    }
  }
}
