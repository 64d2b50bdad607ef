import { crc32 } from 'node:zlib'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeBrowser, findBrowser, launchBrowser } from './browser.ts'
import type { PaintNote } from './paint-limits.ts'
import { paintPng } from './paint-png.ts'
import { bytesOf, sampleOf, templateNames } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'

interface Picture {
  bytes: Buffer
  width: number
  height: number
  notes: PaintNote[]
}

let browser: Browser

/** The picture of a report, checked to be a whole PNG. */
async function pictureOf(document: ReportDocument): Promise<Picture> {
  let notes: PaintNote[] = []
  const bytes = await bytesOf(async (sink) => {
    notes = await paintPng(document, sink, browser.wsEndpoint())
  })
  const kinds: string[] = []
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  for (let at = 8; at < bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at)
    expect(bytes.readUInt32BE(end)).toBe(crc32(bytes.subarray(at + 4, end)))
    kinds.push(bytes.toString('latin1', at + 4, at + 8))
    at = end + 4
  }
  expect([kinds[0], kinds.at(-1)]).toEqual(['IHDR', 'IEND'])
  return { bytes, width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), notes }
}

const onA5 = (cells: object[], paging: object = {}): ReportDocument =>
  renderReport({
    template: JSON.stringify({
      formatVersion: 1,
      name: '图片',
      sheet: { paging: { mode: 'paper', size: 'A5', ...paging } },
      cells,
    }),
  })

/** As many pages as asked for: each number stands on a page of its own. */
const pagesOf = (count: number, paging: object = {}): ReportDocument =>
  onA5(
    Array.from({ length: count }, (_, i) => ({
      at: `A${i + 1}`,
      value: { lit: i + 1 },
      when: [{ if: 'TRUE', scope: 'row', set: { pageBreakAfter: true } }],
    })),
    paging,
  )

const TWICE = (2 * 96) / 25.4
const [A5_WIDTH, A5_HEIGHT, BETWEEN] = [148 * TWICE, 210 * TWICE, 4 * TWICE]

// Real: Chromium and the bundled font.
describe.skipIf(findBrowser() === undefined)('a report as a picture', () => {
  beforeAll(async () => {
    browser = await launchBrowser(findBrowser() as string)
  })
  afterAll(() => closeBrowser(browser))

  it.each(templateNames)('of %s holds all its pages at twice the size of a screen', async (name) => {
    const document = sampleOf(name)
    const { width, height, notes } = await pictureOf(document)
    const count = document.result.pageRows().length
    const isLying =
      document.template.sheet?.paging?.mode === 'paper' && document.template.sheet.paging.orientation === 'landscape'
    const [paperWidth, paperHeight] = isLying ? [297, 210] : [210, 297]
    expect(Math.abs(width - paperWidth * TWICE)).toBeLessThanOrEqual(2)
    expect(Math.abs(height - count * paperHeight * TWICE - (count - 1) * BETWEEN)).toBeLessThanOrEqual(2)
    expect(notes).toEqual([])
  })

  it('shows Chinese letters, not boxes: two words of one length give two pictures', async () => {
    const of = async (word: string): Promise<Picture> => pictureOf(onA5([{ at: 'A1', value: { lit: word } }]))
    const [made, scrapped] = [await of('生产'), await of('报废')]
    expect([made.width, made.height]).toEqual([scrapped.width, scrapped.height])
    expect(made.bytes.equals(scrapped.bytes)).toBe(false)
  })

  it('shows charts: other figures give another picture', async () => {
    const of = async (values: number[]): Promise<Picture> => {
      const chart = { chart: { kind: 'horizontalBar', category: 'A1:A2', values: [{ value: 'B1:B2' }] } }
      const lines = values.flatMap((value, i) => [
        { at: `A${i + 1}`, value: { lit: `P${i}` }, when: [{ if: 'TRUE', scope: 'row', set: { hideRow: true } }] },
        { at: `B${i + 1}`, value: { lit: value } },
      ])
      const cells = [...lines, { at: 'A3', value: chart, span: [4, 4] }]
      return pictureOf(onA5(cells))
    }
    expect((await of([1, 2])).bytes.equals((await of([2, 1])).bytes)).toBe(false)
  })

  it('shows the first five pages of a longer report, and says at its top and to the caller how many there are', async () => {
    const [five, seven] = [await pictureOf(pagesOf(5)), await pictureOf(pagesOf(7))]
    expect(five.notes).toEqual([])
    expect(Math.abs(five.height - 5 * A5_HEIGHT - 4 * BETWEEN)).toBeLessThanOrEqual(2)
    expect(Math.abs(five.width - A5_WIDTH)).toBeLessThanOrEqual(2)
    expect(seven.notes).toEqual([{ key: 'picturesCut', text: '图片显示前 5 页，共 7 页；其余请看 PDF' }])
    expect(seven.height).toBeGreaterThan(five.height + 40)
    expect(seven.height).toBeLessThan(five.height + A5_HEIGHT / 2)
  })

  it('of large paper is made smaller, never cut', async () => {
    const { width, height } = await pictureOf(pagesOf(5, { size: [1_000, 1_500] }))
    expect(Math.max(width, height)).toBeLessThanOrEqual(16_000)
    expect(height / width).toBeCloseTo((5 * 1_500 + 4 * 4) / 1_000, 1)
  })
})
