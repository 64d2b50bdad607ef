import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import type { Sink } from '../report-document.ts'
import { ZipWriter } from '../zip-writer.ts'
import { FileRefused, readTable, type FileTable } from './file-table.ts'

/** `line;month;target` of two lines, in GB 18030. */
const CHINESE = Buffer.from([
  ...[0xb2, 0xfa, 0xcf, 0xdf, 0x2c, 0xc4, 0xbf, 0xb1, 0xea, 0x0a],
  ...[0xd7, 0xa2, 0xcb, 0xdc, 0x2c, 0x30, 0x2e, 0x38, 0x35, 0x0a],
])

const csv = (text: string): Promise<FileTable> => readTable(Buffer.from(text))
const typesOf = ({ columns }: FileTable) => columns.map(({ name, type }) => `${name}: ${type}`)

async function workbook(fill: (sheet: ExcelJs.Worksheet, book: ExcelJs.Workbook) => void): Promise<Buffer> {
  const book = new ExcelJs.Workbook()
  fill(book.addWorksheet('Targets'), book)
  return Buffer.from(await book.xlsx.writeBuffer())
}

async function refusal(bytes: Buffer | string): Promise<string> {
  try {
    await readTable(Buffer.from(bytes as string))
  } catch (error) {
    if (error instanceof FileRefused) return error.words.en
    throw error
  }
  return 'taken'
}

describe('a CSV file', () => {
  it('is read as UTF-8, with and without a byte order mark, and as GB 18030', async () => {
    for (const mark of ['', '\ufeff']) {
      const table = await csv(`${mark}产线,目标\n注塑,0.85\n`)
      expect([table.encoding, typesOf(table), table.rows]).toEqual([
        'UTF-8',
        ['产线: text', '目标: decimal'],
        [['注塑', 0.85]],
      ])
    }
    const chinese = await readTable(CHINESE)
    expect([chinese.encoding, chinese.rows]).toEqual(['GB18030', [['注塑', 0.85]]])
    expect(chinese.columns.map(({ name }) => name)).toEqual(['产线', '目标'])
  })

  it('has numbers, dates with the year first, and texts; an empty field is no value', async () => {
    const table = await csv('code,day,n,note\n007,2026-1-5,1e3,\n012,2026/02/28,-2.5,"a ""b"""\n')
    expect(typesOf(table)).toEqual(['code: text', 'day: date', 'n: decimal', 'note: text'])
    expect(table.rows).toEqual([
      ['007', '2026-01-05', 1_000, null],
      ['012', '2026-02-28', -2.5, 'a "b"'],
    ])
  })

  it('keeps a code of many digits as text, so that no digit is lost', async () => {
    const table = await csv('id\n123456789012345678\n')
    expect([typesOf(table), table.rows]).toEqual([['id: text'], [['123456789012345678']]])
  })

  it('is no column of dates where one day does not exist', async () => {
    expect(typesOf(await csv('day\n2026-02-28\n2026-02-30\n'))).toEqual(['day: text'])
  })

  it('names the one value that keeps a column of numbers from being one', async () => {
    const lines = [1, 2, 3, 4, 5, 6, 7, 8, 9].join('\n')
    const [column] = (await csv(`n\n${lines}\nn/a\n`)).columns
    expect(column).toMatchObject({ type: 'text', filled: 10, odd: { row: 11, text: 'n/a', otherwise: 'decimal' } })
  })

  it('gives headings names that formulas can use', async () => {
    const table = await csv('Qty (pcs),1st day,订单 号\n1,2,3\n')
    expect(table.columns.map(({ name, heading }) => [name, heading])).toEqual([
      ['Qty_pcs', 'Qty (pcs)'],
      ['_1st_day', '1st day'],
      ['订单_号', '订单 号'],
    ])
  })

  it('skips empty lines and fills up short ones', async () => {
    expect((await csv('\n\na,b\n\n1\n')).rows).toEqual([[1, null]])
  })

  it.each([
    ['no content', '', 'the file is empty'],
    ['nothing but line ends', '\n\n', 'there is nothing in the file'],
    ['one heading twice', 'a,b,A\n1,2,3\n', 'two columns have one name: “a” and “A”'],
    ['headings that give one name', 'a b,a-b\n1,2\n', 'two columns have one name: “a b” and “a-b”'],
    ['a heading that is missing', 'a,,c\n1,2,3\n', 'row 1 holds the headings, and B1 has none'],
    ['a value without a heading', 'a,b\n1,2\n1,2,3\n', 'row 3 has a value at C3, where there is no heading'],
    ['text where headings should stand', `${'x'.repeat(65)}\n1\n`, /has more than 64 characters; row 1/],
    ['a cell that is a whole document', `a\n${'x'.repeat(2_001)}\n`, 'A2 has more than 2000 characters'],
    ['too many columns', `${Array.from({ length: 101 }, (_, index) => `c${index}`).join(',')}\n1\n`, /101 columns/],
    ['too many rows', `a\n${'1\n'.repeat(100_001)}`, /more than 100000 rows/],
  ])('is refused for %s', async (_what, text, words) => {
    expect(await refusal(text)).toMatch(words)
  })

  it('is refused when it is neither of the encodings, and when it is something else', async () => {
    expect(await refusal(Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x0a, 0x00]))).toMatch(
      /neither a CSV in UTF-8 or GB18030/,
    )
    expect(await refusal(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]))).toMatch(/neither a CSV/)
    expect(await refusal(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3]))).toMatch(/save it as .xlsx/)
  })
})

describe('a workbook', () => {
  it('is read from its first sheet, dates and computed values as they are', async () => {
    const table = await readTable(
      await workbook((sheet, book) => {
        sheet.addRow(['line', 'day', 'target', 'isFinal'])
        sheet.addRow(['IM', new Date(Date.UTC(2026, 0, 5)), { formula: '1/8', result: 0.125 }, true])
        sheet.addRow(['ASM', new Date(Date.UTC(2026, 0, 6)), 0.9, false])
        book.addWorksheet('Notes')
      }),
    )
    expect(table.sheet).toEqual({ name: 'Targets', others: 1 })
    expect(typesOf(table)).toEqual(['line: text', 'day: date', 'target: decimal', 'isFinal: boolean'])
    expect(table.rows).toEqual([
      ['IM', '2026-01-05', 0.125, true],
      ['ASM', '2026-01-06', 0.9, false],
    ])
  })

  it('is refused with the cells that show an error or were never computed', async () => {
    const bytes = await workbook((sheet) => {
      sheet.addRow(['a', 'b'])
      sheet.addRow([{ error: '#DIV/0!' }, { formula: 'A2*2' }])
    })
    expect(await refusal(bytes)).toMatch(/^2 cells show an error .*: A2 #DIV\/0!, B2 =…; correct them/)
  })

  it('that would unpack to more than is allowed is refused before it is unpacked', async () => {
    const bytes = await bomb(130_000_000)
    expect(bytes.length).toBeLessThan(2_000_000)
    expect(await refusal(bytes)).toMatch(/more than 120000000 bytes when unpacked/)
  })

  it('that lies about what it unpacks to is refused all the same', async () => {
    const bytes = await bomb(1_000_000)
    // The size that the directory gives for the only entry.
    const at = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]))
    bytes.writeUInt32LE(10, at + 24)
    expect(await refusal(bytes)).toMatch(/cannot be read as an .xlsx workbook/)
  })

  it('that is cut off is refused', async () => {
    const bytes = await workbook((sheet) => sheet.addRow(['a']))
    expect(await refusal(bytes.subarray(0, bytes.length >> 1))).toMatch(/cannot be read as an .xlsx workbook/)
  })
})

async function bomb(size: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink: Sink = async (chunk) => void chunks.push(Buffer.from(chunk))
  const zip = new ZipWriter(sink)
  await zip.add('xl/worksheets/sheet1.xml', Buffer.alloc(size, 0x20))
  await zip.finish()
  return Buffer.concat(chunks)
}
