/**
 * A list of 20 columns written by a product that fills workbook templates, in a process of its own:
 * `node xlsx-peer.ts PEER ROWS FILE FOLDER`, with the peer installed in the folder. Prints CPU and memory. The rows lie
 * in memory at once: none of them takes a stream.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import ExcelJs from 'exceljs'
import { readArchive } from '../../server/src/reports/zip-reader.ts'
import { COLUMNS, valueAt } from './list-values.ts'

const [peer = '', count = '1000', out = 'out.xlsx', folder = '.'] = process.argv.slice(2)
const rows = Number(count)
const load = createRequire(join(folder, 'package.json'))
const names = Array.from({ length: COLUMNS }, (_, x) => `c${x}`)
const list = Array.from({ length: rows }, (_, y) => Object.fromEntries(names.map((name, x) => [name, valueAt(y, x)])))

/** A workbook with one styled line of placeholders for each list of texts. */
async function templateOf(...lines: string[][]): Promise<Buffer> {
  const workbook = new ExcelJs.Workbook()
  const sheet = workbook.addWorksheet('list')
  for (const line of lines)
    sheet.addRow(line).eachCell((cell, x) => {
      cell.border = { bottom: { style: 'thin', color: { argb: 'FFCCCCCC' } } }
      if (x > 8) cell.numFmt = '#,##0.00'
    })
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

interface Carbone {
  render: (
    ...order: [file: string, data: unknown, options: object, done: (error: Error | null, result: Buffer) => void]
  ) => void
}
async function carbone(): Promise<Buffer> {
  const file = join(folder, 'carbone.xlsx')
  writeFileSync(
    file,
    await templateOf(
      names.map((n) => `{d[i].${n}}`),
      names.map((n) => `{d[i+1].${n}}`),
    ),
  )
  const { render } = load('carbone') as Carbone
  return new Promise((resolve, reject) => {
    render(file, list, {}, (error, result) => (error ? reject(error) : resolve(result)))
  })
}

type XlsxTemplate = new (data: Buffer) => {
  substitute: (sheet: number, data: object) => unknown
  generate: (options: object) => Buffer
}
async function xlsxTemplate(): Promise<Buffer> {
  const Template = load('xlsx-template') as XlsxTemplate
  const template = new Template(await templateOf(names.map((n) => `\${table:d.${n}}`)))
  await template.substitute(1, { d: list })
  return template.generate({ type: 'nodebuffer' })
}

interface Jsreport {
  use: (extension: unknown) => Jsreport
  init: () => Promise<unknown>
  render: (order: object) => Promise<{ content: Buffer }>
  close: () => Promise<unknown>
}
async function jsreport(): Promise<Buffer> {
  const begin = load('@jsreport/jsreport-core') as (options: object) => Jsreport
  const quiet = { silent: true, console: { transport: 'console', level: 'error' } }
  const server = begin({ logger: quiet, loadConfig: false, reportTimeout: 1_800_000, sandbox: { cache: { max: 1 } } })
  for (const extension of ['jsreport-xlsx', 'jsreport-handlebars'])
    server.use((load(`@jsreport/${extension}`) as () => unknown)())
  await server.init()
  const line = names.map((n, x) => `${x === 0 ? '{{#each d}}' : ''}{{${n}}}${x === COLUMNS - 1 ? '{{/each}}' : ''}`)
  const content = (await templateOf(line)).toString('base64')
  const template = { engine: 'handlebars', recipe: 'xlsx', xlsx: { templateAsset: { content, encoding: 'base64' } } }
  const { content: made } = await server.render({ template, data: { d: list } })
  await server.close()
  return made
}

const peers: Record<string, () => Promise<Buffer>> = { carbone, 'xlsx-template': xlsxTemplate, jsreport }
writeFileSync(out, await (peers[peer] as () => Promise<Buffer>)())

const { user, system } = process.cpuUsage()
const peakMb = process.resourceUsage().maxRSS / 1000
// A file that holds fewer rows than asked for would be no peer of ours.
const sheet = readArchive(readFileSync(out))('xl/worksheets/sheet1.xml')?.toString('utf8') ?? ''
const written = sheet.split('<row ').length - 1
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakMb, rows: written }))
process.exit(0)
