import { PDFDict, PDFDocument, PDFName } from 'pdf-lib'
import { getDocument, OPS, type PDFDocumentProxy, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeBrowser, findBrowser, launchBrowser } from './browser.ts'
import { paintHtml } from './paint-html.ts'
import { paintPdf } from './paint-pdf.ts'
import type { PaintNote } from './paint-limits.ts'
import type { PaintNews } from './paint-news.ts'
import { bytesOf, inPage, sampleOf, samples } from './painted-fixture.ts'
import { renderReport } from './render-report.ts'
import type { ReportDocument } from './report-document.ts'

const pdfOf = (document: ReportDocument, endpoint?: string): Promise<Buffer> =>
  bytesOf((sink) => paintPdf(document, sink, { endpoint }))

interface ReadPage {
  /** Without blanks: a reader of PDF sees letters, not words. */
  text: string
  width: number
  height: number
  /** Letters that stand beside the paper. */
  outside: number
  /** Letters that the font of the file has no drawing for. */
  unknownGlyphs: string
}

/** The pages as another program reads them. */
async function pagesOf(pdf: Buffer): Promise<ReadPage[]> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 })
  const file = await task.promise
  const pages: ReadPage[] = []
  for (let n = 1; n <= file.numPages; n += 1) {
    const page = await file.getPage(n)
    const items = (await page.getTextContent()).items.filter((item) => 'str' in item)
    const { width, height } = page.getViewport({ scale: 1 })
    const isOutside = ([, , , , x = 0, y = 0]: number[]): boolean => x < 0 || y < 0 || x > width || y > height
    pages.push({
      text: items
        .map(({ str }) => str)
        .join('')
        .replaceAll(/\s/g, ''),
      width,
      height,
      outside: items.filter(({ str, transform }) => str.trim() !== '' && isOutside(transform as number[])).length,
      unknownGlyphs: await unknownGlyphs(page),
    })
  }
  await task.destroy()
  return pages
}

/** Glyph 0 of a font is the box that stands for what it does not have. */
async function unknownGlyphs(page: PDFPageProxy): Promise<string> {
  const { fnArray, argsArray } = await page.getOperatorList()
  const glyphs = fnArray.flatMap((operator, i) =>
    operator === OPS.showText ? (argsArray[i] as [(Partial<Glyph> | number | null)[]])[0] : [],
  )
  return glyphs
    .filter((glyph) => typeof glyph === 'object' && glyph !== null)
    .filter(
      ({ originalCharCode, isInFont, unicode = '' }) => originalCharCode === 0 || (!isInFont && unicode.trim() !== ''),
    )
    .map(({ unicode }) => unicode)
    .join('')
}

interface Glyph {
  originalCharCode: number
  isInFont: boolean
  unicode: string
}

/** Every font of a file that draws letters, and whether the file carries it. */
async function fontsOf(pdf: Buffer): Promise<{ name: string; isEmbedded: boolean }[]> {
  const { context } = await PDFDocument.load(pdf, { updateMetadata: false })
  const named = (font: PDFDict, key: string): string => String(font.get(PDFName.of(key)) ?? '')
  return (
    context
      .enumerateIndirectObjects()
      .map(([, object]) => object)
      .filter((object) => object instanceof PDFDict)
      // A composite font names the one that holds its glyphs; that one is looked at.
      .filter((font) => named(font, 'Type') === '/Font' && named(font, 'Subtype') !== '/Type0')
      .map((font) => {
        const descriptor = context.lookup(font.get(PDFName.of('FontDescriptor')))
        const isEmbedded =
          descriptor instanceof PDFDict && descriptor.keys().some((key) => /FontFile/.test(String(key)))
        return { name: named(font, 'BaseFont'), isEmbedded }
      })
  )
}

// Real: Chromium and the bundled font. Read back by another program.
describe.skipIf(findBrowser() === undefined)('a printed report', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser(findBrowser() as string)
  })
  afterAll(() => closeBrowser(browser))

  it.each(samples)('of %s in %s shows what the HTML shows, in the same order, on pages of A4', async (name, locale) => {
    const document = sampleOf(name, locale)
    const pdf = await pdfOf(document, browser.wsEndpoint())
    const pages = await pagesOf(pdf)
    const html = (await bytesOf((sink) => paintHtml(document, sink))).toString('utf8')
    const printed = await inPage(html, (page) =>
      [...page.querySelectorAll('section.page')].map((section) => (section.textContent ?? '').replaceAll(/\s/g, '')),
    )
    expect(pages.map(({ text }) => text)).toEqual(printed)
    expect(pages).toHaveLength(document.result.pageGrids().length)
    expect([pages[0]?.width, pages[0]?.height].map((size) => Math.round((size ?? 0) / 7.2)).toSorted()).toEqual([
      117, 83,
    ])
    const foot = locale === 'zh-CN' ? `第1页/共${pages.length}页` : `Page1of${pages.length}`
    expect(pages[0]?.text).toContain(foot)
    expect(pages.filter(({ outside }) => outside > 0)).toEqual([])
    expect(pages.map(({ unknownGlyphs }) => unknownGlyphs).join('')).toBe('')
    const fonts = await fontsOf(pdf)
    expect(fonts.length).toBeGreaterThan(0)
    expect(fonts.filter(({ name: face, isEmbedded }) => !isEmbedded || !face.includes('+NotoSansSC'))).toEqual([])
    expect(pdf.length).toBeLessThan(1_500_000)
  })

  it('of 130 pages is printed in chunks: each row once, titles on every page, numbers of pages right', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ id: `订单-${i + 1}`, qty: i }))
    const document = renderReport({
      template: JSON.stringify({
        formatVersion: 1,
        name: '长表',
        sheet: {
          paging: {
            mode: 'paper',
            margins: { top: 12, right: 10, bottom: 14, left: 10 },
            footer: { right: '{page}/{pages}' },
          },
        },
        cells: [
          { at: 'A1', value: { lit: '单号' }, band: 'headerRepeat' },
          { at: 'B1', value: { lit: '数量' }, band: 'headerRepeat' },
          { at: 'A2', value: { field: 'd.id', as: 'list' }, expand: 'down' },
          { at: 'B2', value: { field: 'd.qty', as: 'list' } },
          { at: 'A3', value: { lit: '合计' } },
          { at: 'B3', value: { expr: 'SUM(B2)' } },
        ],
      }),
      rows: new Map([['d', { rows }]]),
    })
    const pages = await pagesOf(await pdfOf(document))
    const count = document.result.pageRows().length
    expect(pages).toHaveLength(count)
    expect(count).toBeGreaterThan(100)
    pages.forEach(({ text }, i) => {
      expect(text.startsWith('单号数量')).toBe(true)
      expect(text.endsWith(`${i + 1}/${count}`)).toBe(true)
    })
    const all = pages.map(({ text }) => text).join('|')
    expect([...all.matchAll(/订单-(\d{1,4})(?=\d)/g)].length).toBe(5_000)
    expect(all).toContain('合计12497500')
  })

  it('has links inside itself: one to a place of the report leads to its page', async () => {
    const cells = [
      { at: 'A1', value: { lit: '到合计' }, link: { to: 'place', target: 'A90' } },
      { at: 'A90', value: { lit: 'total' } },
    ]
    const sheet = { paging: { mode: 'paper' } }
    const document = renderReport({ template: JSON.stringify({ formatVersion: 1, name: '位置', sheet, cells }) })
    const { pages, links } = await linksOf(await pdfOf(document))
    expect(pages).toBeGreaterThan(1)
    expect(links).toEqual([{ from: 1, to: pages, at: 'A90', beside: 'total' }])
  })

  it('of many prints has them too: forward, backward and within a print, to the spot; dead ones are gone and counted', async () => {
    const rows = Array.from({ length: 2_600 }, (_, i) => ({ id: `row-${i + 1}` }))
    const isHidden = [{ if: 'TRUE', scope: 'row', set: { hideRow: true } }]
    const to = (at: string, target: string): object => ({ at, value: { lit: at }, link: { to: 'place', target } })
    const cells = [
      ...[to('A1', 'A5'), to('B1', 'A2'), to('C1', 'A6'), to('D1', 'Z9')],
      { at: 'A2', value: { field: 'd.id', as: 'list' }, expand: 'down' },
      ...[to('A3', 'A2'), to('B3', 'A1'), to('C3', 'A5')],
      { at: 'A5', value: { lit: 'total' } },
      { at: 'A6', value: { lit: '藏' }, when: isHidden },
      { at: 'A7', value: { lit: '网' }, link: { to: 'url', target: 'https://mes.example/o' } },
    ]
    const document = renderReport({
      template: JSON.stringify({ formatVersion: 1, name: '位置', sheet: { paging: { mode: 'paper' } }, cells }),
      rows: new Map([['d', { rows }]]),
    })
    const painted: { notes: PaintNote[]; news: PaintNews[] } = { notes: [], news: [] }
    const pdf = await bytesOf(async (sink) => {
      painted.notes = await paintPdf(document, sink, {
        endpoint: browser.wsEndpoint(),
        told: (news) => painted.news.push(news),
      })
    })
    const { pages, links } = await linksOf(pdf)
    expect(pages).toBeGreaterThan(40)
    expect(links).toEqual([
      { from: 1, to: pages, at: 'A5', beside: 'total' },
      { from: 1, to: 1, at: 'A2', beside: 'row-1' },
      { from: pages, to: 1, at: 'A2', beside: 'row-1' },
      { from: pages, to: 1, at: 'A1', beside: 'A1' },
      { from: pages, to: pages, at: 'A5', beside: 'total' },
      { from: pages, url: 'https://mes.example/o' },
    ])
    expect(painted.news.map(({ unit, done, of }) => [unit, done, of])).toEqual([
      ['pages', 0, pages],
      ['pages', 40, pages],
      ['pages', pages, pages],
    ])
    expect(painted.notes.map(({ key, text }) => [key, text])).toEqual([
      ['placesAbsent', '1 个链接指向的单元格不在文件中，未写入'],
    ])
  })
})

/**
 * Links of a file as a reader of it follows them: from which page to which, and the words that stand where the page is
 * scrolled to.
 */
async function linksOf(pdf: Buffer): Promise<{ pages: number; links: object[] }> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 })
  const file = await task.promise
  const links: object[] = []
  for (let from = 1; from <= file.numPages; from += 1) {
    for (const { subtype, url, dest } of await (await file.getPage(from)).getAnnotations()) {
      if (subtype !== 'Link') continue
      if (dest === undefined || dest === null) links.push({ from, url: url as unknown })
      else links.push({ from, ...(await placeOf(file, String(dest))) })
    }
  }
  const pages = file.numPages
  await task.destroy()
  return { pages, links }
}

async function placeOf(file: PDFDocumentProxy, name: string): Promise<object> {
  const [page, , left, top] = (await file.getDestination(name)) as [
    { num: number; gen: number },
    object,
    number,
    number,
  ]
  const to = (await file.getPageIndex(page)) + 1
  const { items } = await (await file.getPage(to)).getTextContent()
  const words = items.flatMap((item) => ('str' in item && item.str.trim() !== '' ? [item] : []))
  const below = words.filter(({ transform: [, , , , x, y] }) => (x as number) >= left && (y as number) <= top)
  const far = ({ transform: [, , , , x, y] }: (typeof words)[number]): number =>
    Math.hypot((x as number) - left, (y as number) - top)
  const beside = below.sort((a, b) => far(a) - far(b))[0]?.str
  return { to, at: name.replace('place-', ''), beside }
}
