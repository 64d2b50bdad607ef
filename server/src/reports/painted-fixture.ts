/** For tests: the templates of the product over their samples, and files as other programs read them. */
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import type { Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import type { Locale } from '@gemba/engine/report/words'
import { Window } from 'happy-dom'
import type { GivenRows } from './given-rows.ts'
import { renderReport } from './render-report.ts'
import type { Chunk, ReportDocument, Sink } from './report-document.ts'
import type { GivenSubs } from './sub-inputs.ts'

const TEMPLATES = join(import.meta.dirname, '../../../report-templates')

/** Every folder of `report-templates`. */
export const templateNames: readonly string[] = readdirSync(TEMPLATES).sort()

/** Each of them in both languages. */
export const samples: readonly (readonly [name: string, locale: Locale])[] = templateNames.flatMap((name) => [
  [name, 'zh-CN'] as const,
  [name, 'en'] as const,
])

const fileOf = (name: string, file: string): string => readFileSync(join(TEMPLATES, name, file), 'utf8')

/** A template of the product over its own sample; `isEmpty` = no dataset has rows. */
export function sampleOf(name: string, locale?: Locale, { isEmpty = false } = {}): ReportDocument {
  const { params, datasets, subs } = parseExactJson(fileOf(name, 'sample.json')) as Sample
  const rowsOf = (given: Sample['datasets']): Map<string, GivenRows> =>
    new Map(Object.entries(given).map(([key, rows]) => [key, { rows: isEmpty ? [] : rows }]))
  return renderReport({
    template: fileOf(name, 'template.json'),
    rows: rowsOf(datasets),
    params,
    ...(locale === undefined ? {} : { locale }),
    ...(subs === undefined ? {} : { subs: sampledSubs(subs, rowsOf) }),
  })
}

/** What `sample.json` of a template holds; of its sub-reports the rows of each call, told apart by parameters. */
interface Sample {
  params: Record<string, unknown>
  datasets: Record<string, Row[]>
  subs?: Record<string, { params: Record<string, unknown>; datasets: Record<string, Row[]> }[]>
}

function sampledSubs(
  subs: NonNullable<Sample['subs']>,
  rowsOf: (given: Sample['datasets']) => Map<string, GivenRows>,
): GivenSubs {
  let calls = 0
  return {
    templates: new Map(Object.keys(subs).map((id) => [id, fileOf(id, 'template.json')])),
    call: ({ template, params }) => {
      const found = subs[template]?.find((call) =>
        Object.entries(call.params).every(([name, value]) => params[name] === value),
      )
      if (found === undefined) return { key: 'subUnknown', details: { template } }
      return { name: `${template}/${(calls += 1)}`, params, rows: rowsOf(found.datasets) }
    },
  }
}

/** A picture of one colour, of so many points. */
export function pictureOf(width: number, height: number): Buffer {
  const chunk = (kind: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(kind, 'latin1'), content])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(content.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0])
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  const lines = deflateSync(
    Buffer.alloc((width + 1) * height, 0x80).map((byte, i) => (i % (width + 1) === 0 ? 0 : byte)),
  )
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', lines), chunk('IEND', Buffer.alloc(0))])
}

/** A report with pictures, codes, a chart and links of every kind: for readers of its files. */
export function illustrated({ publicUrl }: { publicUrl?: string } = {}): ReportDocument {
  const logo = `"data:image/png;base64,${pictureOf(40, 10).toString('base64')}"`
  const image = (at: string, fit: string): object => ({ at, span: [2, 2], value: { image: { expr: logo, fit } } })
  const cells = [
    image('A1', 'contain'),
    image('C1', 'cover'),
    image('E1', 'stretch'),
    { at: 'A3', value: { code: { kind: 'qr', expr: '"UDI-4711"' } } },
    { at: 'B3', value: { code: { kind: 'ean13', expr: '"not a number"' } } },
    {
      at: 'A4',
      value: { lit: '订单' },
      link: { to: 'report', target: 'order-progress', params: { order: '"A 1&2"' } },
    },
    { at: 'B4', value: { lit: 'MES' }, link: { to: 'url', target: 'https://mes.example/o' } },
    { at: 'C4', value: { lit: 3 }, format: '0.0', link: { to: 'url', target: 'https://mes.example/o' } },
    { at: 'D4', value: { lit: 'x' }, link: { to: 'url', target: 'javascript:alert(1)' } },
    { at: 'E4', span: [1, 2], value: { lit: '邮件' }, link: { to: 'url', target: 'mailto:a@mes.example' } },
    { at: 'F5', value: { lit: 'long' }, link: { to: 'url', target: `https://mes.example/${'x'.repeat(2_100)}` } },
    {
      at: 'A6',
      span: [4, 4],
      value: { chart: { kind: 'horizontalBar', category: 'A4:B4', values: [{ value: 'C4' }] } },
    },
  ]
  const sheet = { rowHeights: { 1: 10, 2: 10, 3: 20 }, columnWidths: { A: 20, B: 20, C: 20, D: 20, E: 20, F: 20 } }
  const template = { formatVersion: 1, name: '图与链接', sheet, cells }
  return renderReport({ template: JSON.stringify(template), ...(publicUrl === undefined ? {} : { publicUrl }) })
}

/** A whole file in memory. */
export async function bytesOf(paint: (sink: Sink) => Promise<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  await paint(async (chunk: Chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  return Buffer.concat(chunks)
}

/** Reads markup in a page of its own. Of drawings the words in them are left. */
export async function inPage<T>(html: string, read: (page: Window['document']) => T): Promise<T> {
  const window = new Window()
  window.document.write(
    html.replaceAll(/<svg[\s\S]*?<\/svg>/g, (drawing) =>
      [...drawing.matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g)].map(([, words]) => words).join(''),
    ),
  )
  try {
    return read(window.document)
  } finally {
    await window.happyDOM.close()
  }
}

/** LibreOffice, or undefined where it is not installed: its tests are skipped, and say so. */
export const office = ['soffice', 'libreoffice'].find((name) => spawnSync(name, ['--version']).status === 0)
if (office === undefined)
  console.warn('SKIPPED: LibreOffice is not installed, so workbooks were NOT opened and calculated by another program')

/** The first sheet with its cells as they are shown: `SHOWN.ending` is how the files end. */
export const SHOWN = { to: 'csv:Text - txt - csv (StarCalc):44,34,76', ending: 'csv' } as const
/** The workbook with all formulas calculated anew. */
export const CALCULATED = { to: 'xlsx', ending: 'xlsx' } as const

/** Else the program would trust the values that stand in the file, and write numbers as the machine is used to. */
const SETTINGS = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item><item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>en-US</value></prop></item></oor:items>`

/**
 * Converts workbooks by one process of LibreOffice with a profile of its own in `folder`; gives the way to each result.
 */
export async function converted(
  workbooks: ReadonlyMap<string, Buffer>,
  { folder, to, ending }: { folder: string; to: string; ending: string },
): Promise<(name: string) => string> {
  const [given, out] = [join(folder, 'given'), join(folder, ending)]
  await mkdir(given, { recursive: true })
  for (const [name, bytes] of workbooks) await writeFile(join(given, `${name}.xlsx`), bytes)
  await mkdir(join(folder, 'profile/user'), { recursive: true })
  await writeFile(join(folder, 'profile/user/registrymodifications.xcu'), SETTINGS)
  const files = [...workbooks.keys()].map((name) => join(given, `${name}.xlsx`))
  const profile = `-env:UserInstallation=file://${folder}/profile`
  await promisify(execFile)(office as string, ['--headless', profile, '--convert-to', to, '--outdir', out, ...files])
  const made = await readdir(out)
  if (made.length !== workbooks.size)
    throw new Error(`LibreOffice made ${made.length} of ${workbooks.size} files: ${made.join(', ')}`)
  return (name) => join(out, `${name}.${ending}`)
}
