import ExcelJs from 'exceljs'
import { describe, expect, it } from 'vitest'
import { paintHtml } from './paint-html.ts'
import type { PaintNote } from './paint-limits.ts'
import { paintXlsx } from './paint-xlsx.ts'
import { bytesOf, illustrated, pictureOf } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import { pictureSize } from './xlsx-pictures.ts'
import { readArchive } from './zip-reader.ts'

const EMU_PER_MM = 36_000

async function painted(publicUrl?: string) {
  let notes: PaintNote[] = []
  const document = illustrated(publicUrl === undefined ? {} : { publicUrl })
  const bytes = await bytesOf(async (sink) => {
    notes = await paintXlsx(document, sink)
  })
  const workbook = new ExcelJs.Workbook()
  await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
  const sheet = workbook.worksheets[0] as ExcelJs.Worksheet
  const part = (name: string): string => String(readArchive(bytes)(name) ?? '')
  return { document, notes, workbook, sheet, part }
}

/** Column and row with how far in, and the size, all in millimetres. */
function placesOf(sheet: ExcelJs.Worksheet): (number | undefined)[][] {
  return sheet.getImages().map(({ range }) => {
    const { tl, ext } = range as unknown as {
      tl: { nativeCol: number; nativeColOff: number; nativeRow: number; nativeRowOff: number }
      ext?: { width: number; height: number }
    }
    const mm = (pixels: number | undefined): number | undefined =>
      pixels === undefined ? undefined : Math.round((pixels / 96) * 254) / 10
    const [left, top] = [tl.nativeColOff / EMU_PER_MM, tl.nativeRowOff / EMU_PER_MM]
    return [tl.nativeCol, left, tl.nativeRow, top, mm(ext?.width), mm(ext?.height)]
  })
}

describe('a workbook', () => {
  it('holds the pictures of its cells as drawings: whole, filling or stretched, as the template says', async () => {
    const { sheet, workbook, part } = await painted()
    // The rooms are 40 × 20 mm and the logo is four times as wide as high: whole it leaves 5 mm above and below.
    expect(placesOf(sheet).slice(0, 3)).toEqual([
      [0, 0, 0, 5, 40, 10],
      [2, 0, 0, 0, 40, 20],
      [4, 0, 0, 0, 40, 20],
    ])
    expect(part('xl/drawings/drawing1.xml').match(/<a:srcRect[^>]*>/g)).toEqual([
      '<a:srcRect l="25000" t="0" r="25000" b="0"/>',
    ])
    // The logo lies in the file once.
    const logo = pictureOf(40, 10)
    expect(workbook.model.media.filter(({ buffer }) => Buffer.from(buffer as never).equals(logo))).toHaveLength(1)
  })

  it('holds a code as a picture in the middle of its cell, and its value beneath; one that cannot be drawn says so', async () => {
    const { sheet, workbook, part } = await painted()
    const [, , , code] = sheet.getImages()
    const media = workbook.model.media[Number(code?.imageId)]
    const size = pictureSize(Buffer.from(media?.buffer as never))
    expect(size?.width).toBe(size?.height)
    expect(size?.width).toBeGreaterThan(80)
    expect(placesOf(sheet)[3]).toEqual([0, 0, 2, 0, 20, 20])
    expect(part('xl/drawings/drawing1.xml')).toContain('descr="UDI-4711"')
    expect([sheet.getCell('A3').value, sheet.getCell('A3').numFmt]).toEqual(['UDI-4711', ';;;'])
    expect(sheet.getCell('B3').value).toBe('无法编码：not a number')
  })

  it('leads to the product at its public address, and to addresses outside, and nowhere else', async () => {
    const { document, notes, sheet } = await painted('https://gemba.example/')
    const order = sheet.getCell('A4')
    expect(order.text).toBe('订单')
    expect(order.font.underline).toBe(true)
    const address = new URL(order.hyperlink)
    expect(address.origin + address.pathname).toBe('https://gemba.example/reports/order-progress')
    expect(JSON.parse(address.searchParams.get('p') ?? '')).toEqual({ order: 'A 1&2' })
    expect(sheet.getCell('B4').hyperlink).toBe('https://mes.example/o')
    expect(sheet.getCell('D4').hyperlink).toBeUndefined()
    expect(sheet.getCell('D4').font.underline).toBeUndefined()
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    expect(html).toContain('href="https://gemba.example/reports/order-progress?p=')
    expect(html).not.toContain('javascript')
    expect(notes).toEqual([{ key: 'linksDropped', text: 'Excel 存不下的 1 个链接未写入' }])
  })

  it('has no links into a product whose address nobody has told it', async () => {
    const { document, sheet } = await painted()
    expect(sheet.getCell('A4').value).toBe('订单')
    expect(sheet.getCell('B4').hyperlink).toBe('https://mes.example/o')
    expect((await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')).not.toContain('order-progress')
  })

  it('keeps numbers under links as numbers, and writes its parts in the order of the format', async () => {
    const { sheet, part } = await painted()
    const xml = part('xl/worksheets/sheet1.xml')
    expect(sheet.getCell('C4').numFmt).toBe('0.0')
    expect(xml).toMatch(/<c r="C4" s="\d+"><v>3<\/v><\/c>/)
    const order = [
      '<sheetData',
      '<mergeCells',
      '<hyperlinks',
      '<printOptions',
      '<pageMargins',
      '<pageSetup',
      '<drawing',
    ]
    const places = order.map((name) => xml.indexOf(name))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    // One relation for each address, however many cells lead there.
    const relations = part('xl/worksheets/_rels/sheet1.xml.rels')
    expect(relations.match(/Target="https:\/\/mes\.example\/o"/g)).toHaveLength(1)
    expect(relations.match(/TargetMode="External"/g)).toHaveLength(2)
  })
})

describe('a whole number', () => {
  it('of more than fifteen digits is an identifier and stays as it is written, unless it has a format', async () => {
    const numbers = [
      '999999999999999',
      '-1234567890123456',
      '9007199254740993',
      '1000000000000000000',
      '0.1234567890123456789',
    ]
    const cells = numbers.map((digits, i) => `{"at":"A${i + 1}","value":{"lit":${digits}}}`)
    const formatted = `{"at":"B1","value":{"lit":1234567890123456},"format":"#,##0"}`
    const template = `{"formatVersion":1,"name":"n","cells":[${[...cells, formatted].join(',')}]}`
    const workbook = new ExcelJs.Workbook()
    const bytes = await bytesOf((sink) => paintXlsx(renderReport({ template }), sink))
    await workbook.xlsx.load(bytes as unknown as ArrayBuffer)
    const sheet = workbook.worksheets[0] as ExcelJs.Worksheet
    const held = numbers.map((_, i) => sheet.getCell(i + 1, 1).value)
    expect(held).toEqual([999_999_999_999_999, '-1234567890123456', '9007199254740993', 1e18, 0.123_456_789_012_345_68])
    expect(sheet.getCell('B1').value).toBe(1_234_567_890_123_456)
  })
})

describe('the size of a picture', () => {
  it('is read from PNG and JPEG, and unknown where the bytes do not tell', () => {
    expect(pictureSize(pictureOf(7, 5))).toEqual({ width: 7, height: 5 })
    const head = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8, 0, 30, 0, 20, 3]
    expect(pictureSize(Buffer.from(head))).toEqual({ width: 20, height: 30 })
    for (const cut of [0, 1, 3, 9, 14, 18]) expect(pictureSize(Buffer.from(head.slice(0, cut)))).toBeUndefined()
    expect(pictureSize(Buffer.from([0x89, 0x50, 0x4e, 0x47]))).toBeUndefined()
    expect(pictureSize(Buffer.from('hello world, no picture'))).toBeUndefined()
  })
})
