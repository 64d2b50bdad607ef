import ExcelJs from 'exceljs'
import { Window } from 'happy-dom'
import { describe, expect, it } from 'vitest'
import { paintCsv } from './paint-csv.ts'
import { paintHtml } from './paint-html.ts'
import { paintJson } from './paint-json.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { readCsv } from './read-csv.ts'
import { renderReport } from './render-report.ts'
import type { Chunk, ReportDocument, Sink } from './report-document.ts'

/** What attackers and real life put into data: markup, formulas, expressions, templates, SQL, paths, odd letters. */
function corpus(): string[] {
  const markup = [
    'script',
    'img src=x onerror',
    'svg onload',
    'iframe src',
    'a href',
    'style',
    'object data',
    'body onload',
    'math',
    'video src',
    'details ontoggle',
    'input autofocus onfocus',
    'link rel=import href',
    'base href',
    'form action',
    'meta http-equiv=refresh content',
  ]
  const payloads = ['=alert(1)', '=javascript:alert(1)', '="data:text/html,<script>1</script>"', '=//evil.example/x']
  const formulas = [
    '1+1',
    "cmd|'/c calc'!A0",
    'HYPERLINK("http://evil.example","x")',
    'WEBSERVICE("http://evil.example")',
    'SUM(A1:A9)',
    'IMPORTXML("http://evil.example","//a")',
    'DDE("cmd";"/c calc";"x")',
    'INDIRECT("A1")',
    'A1',
    '2*3',
    'RAND()',
    'NOW()',
    'EXEC("calc")',
  ]
  const leads = [
    '=',
    '+',
    '-',
    '@',
    '\t=',
    '\r=',
    '\n=',
    ' =',
    '\u00a0=',
    '＝',
    '＋',
    '－',
    '＠',
    '"=',
    "'=",
    '\ufeff=',
    ';=',
  ]
  const expressions = [
    'param.secret',
    'row.x',
    'C2[*]',
    '{{7*7}}',
    '${7*7}',
    '#{7*7}',
    '<%= 7*7 %>',
    '{page}',
    '{pages}',
    '{param.site}',
    '[[7*7]]',
    '@{7*7}',
    '$(id)',
    '`id`',
    '; DROP TABLE users --',
    "' OR '1'='1",
    '") OR ("1"="1',
    'UNION SELECT * FROM users',
    '../../etc/passwd',
    'file:///etc/passwd',
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    '%s%n',
    '\\u003cscript\\u003e',
    '&lt;b&gt;',
    '&#60;b&#62;',
    '<!--',
    '-->',
    ']]>',
    '<![CDATA[x]]>',
    '<?xml version="1.0"?>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    '&b;',
    '</td></tr></table>',
    '</style><script>1</script>',
    '</t></is></c>',
    '_x0041_',
    '_x000D_',
  ]
  return [
    ...markup.flatMap((tag) => payloads.map((payload) => `<${tag}${payload}>`)),
    ...leads.flatMap((lead) => formulas.map((formula) => `${lead}${formula}`)),
    ...expressions,
  ]
}

const LIST = {
  formatVersion: 1,
  name: 'list',
  cells: [
    { at: 'A1', value: { field: 'd.x', as: 'list' }, expand: 'down' },
    { at: 'B1', value: { expr: 'LEN(A1)' } },
  ],
}

function listOf(values: readonly unknown[]): ReportDocument {
  return renderReport({
    template: JSON.stringify(LIST),
    rows: new Map([['d', { rows: values.map((x) => ({ x })) as Record<string, unknown>[] }]]),
  })
}

async function bytesOf(paint: (sink: Sink) => Promise<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  await paint(async (chunk: Chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  return Buffer.concat(chunks)
}

async function sheetOf(document: ReportDocument): Promise<ExcelJs.Workbook> {
  const workbook = new ExcelJs.Workbook()
  await workbook.xlsx.load((await bytesOf((sink) => paintXlsx(document, sink))) as unknown as ArrayBuffer)
  return workbook
}

const first = (workbook: ExcelJs.Workbook): ExcelJs.Worksheet => workbook.worksheets[0] as ExcelJs.Worksheet

describe('a corpus of injections', () => {
  const texts = corpus()
  const document = listOf(texts)

  it('is large and is never evaluated', () => {
    expect(texts.length).toBeGreaterThanOrEqual(300)
    expect(document.result.grid().map(([text]) => text)).toEqual(texts)
  })

  it('is only text in HTML', async () => {
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    const window = new Window({ settings: { disableJavaScriptEvaluation: true } })
    window.document.write(html)
    const { document: page } = window
    const allowed = new Set([
      'HTML',
      'HEAD',
      'META',
      'TITLE',
      'STYLE',
      'BODY',
      'SECTION',
      'DIV',
      'TABLE',
      'TBODY',
      'COLGROUP',
      'COL',
      'TR',
      'TD',
    ])
    const strangers = [...page.querySelectorAll('*')].filter((element) => !allowed.has(element.tagName))
    expect(strangers.map((element) => element.tagName)).toEqual([])
    expect(html).toContain("default-src 'none'")
    await window.happyDOM.close()
  })

  it('is only text in a workbook', async () => {
    const sheet = first(await sheetOf(document))
    texts.forEach((text, i) => {
      const cell = sheet.getCell(i + 1, 1)
      expect(cell.formula).toBeUndefined()
      expect(cell.type).toBe(ExcelJs.ValueType.String)
      if (!/_x[0-9A-F]{4}_|\r/.test(text)) expect(cell.value).toBe(text)
    })
  })

  it('is no formula in CSV, in either encoding', async () => {
    for (const encoding of ['utf-8', 'gb18030'] as const) {
      const bytes = await bytesOf((sink) => paintCsv(document, sink, encoding))
      const text = new TextDecoder(encoding).decode(bytes).replace(/^\ufeff/, '')
      const rows = readCsv(`x,n\r\n${text}`)
      expect(rows).toHaveLength(texts.length)
      for (const row of rows) expect(String(row['x'])).not.toMatch(/^[\s\u00a0\u3000\ufeff]*[=+\-@＝＋－＠]/u)
    }
  })
})

describe('hostile values', () => {
  const long = `${'长'.repeat(40_000)}`
  const values = [
    null,
    '',
    0,
    -0,
    '9007199254740993',
    'émoji 😀👩‍👩‍👧',
    '𠮷䶮',
    'שלום עולם',
    '\u202egnp.exe',
    'a\u0000b\u0007c',
    '\ud800 alone',
    'line\nbreak\ttab',
    '   blanks   ',
    long,
    true,
    0.1,
    1e21,
    -1e-9,
  ]
  const document = renderReport({
    template: JSON.stringify(LIST),
    rows: new Map([['d', { rows: values.map((x, i) => ({ x: i === 4 ? 9007199254740993n : x })) }]]),
  })

  it('come through JSON with all digits and letters', async () => {
    const json = (await bytesOf((sink) => paintJson(document, sink))).toString('utf8')
    expect(json).toContain('[9007199254740993,')
    const { grid } = JSON.parse(json) as { grid: unknown[][] }
    expect(grid[0]?.[0]).toBe('')
    expect(grid[5]?.[0]).toBe(values[5])
    expect(grid[13]?.[0]).toBe(long)
  })

  it('are valid XML in a workbook: long identifiers are text, long texts are cut and it is said', async () => {
    const workbook = await sheetOf(document)
    const sheet = first(workbook)
    const at = (row: number): ExcelJs.CellValue => sheet.getCell(row + 1, 1).value
    expect(at(0)).toBeNull()
    expect(at(2)).toBe(0)
    expect(at(3)).toBe(0)
    expect(at(4)).toBe('9007199254740993')
    expect(at(5)).toBe(values[5])
    expect(at(6)).toBe(values[6])
    expect(at(7)).toBe(values[7])
    expect(at(9)).toBe('a\ufffdb\ufffdc')
    expect(at(10)).toBe('\ufffd alone')
    expect(at(11)).toBe('line\nbreak\ttab')
    expect(at(12)).toBe('   blanks   ')
    expect(String(at(13))).toHaveLength(32_767)
    expect(at(14)).toBe(true)
    expect(at(15)).toBe(0.1)
    expect(at(16)).toBe('1000000000000000000000' === String(at(16)) ? at(16) : 1e21)
    expect(workbook.worksheets.map((other) => other.name)).toEqual(['list', '导出说明'])
    expect(workbook.worksheets[1]?.getCell('A1').value).toContain('32,767')
  })

  it('are printable in HTML', async () => {
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    expect(html).toContain('a\ufffdb\ufffdc')
    expect(html).toContain('>9007199254740993<')
    expect(html).toContain('שלום עולם')
    expect(html).toContain('unicode-bidi:plaintext')
    expect(html).not.toMatch(/[\u0000-\u0008]/)
  })

  it('are one field each in CSV', async () => {
    const csv = (await bytesOf((sink) => paintCsv(document, sink))).toString('utf8')
    const rows = readCsv(`x,n\r\n${csv.slice(1)}`)
    expect(rows).toHaveLength(values.length)
    expect(rows[4]?.['x']).toBe('9007199254740993')
    expect(rows[11]?.['x']).toBe('line\nbreak\ttab')
  })
})
