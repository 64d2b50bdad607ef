import { createWriteStream, type WriteStream } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pagedBy, printLayout } from '@gemba/engine/report/print-layout'
import { lineNumbers, type ShownCell } from '@gemba/engine/report/report-result'
import { heightsOn, shownOn, StreamedPages, type DealtPage } from '@gemba/engine/report/stream-pages'
import type { ReportPortion, StreamedReport } from '@gemba/engine/report/stream-report'
import { placesIn } from './cell-links.ts'
import { HtmlPages, type HtmlPage, type PagedReport } from './paint-html.ts'
import { closed, MOST_PAGES, PagesWriter, written, type CellText } from './pages-writer.ts'
import type { ReportDocument } from './report-document.ts'
import type { OpenedStream } from './row-source.ts'
import type { PagesIndex } from './run-files.ts'
import type { PaintedPages } from './run-work.ts'

/** Bytes of the spool. */
interface Stretch {
  start: number
  bytes: number
}

/** What is noted of a page while it is painted. */
interface Seen {
  texts: CellText[]
  targets: Kept['targets']
}

/** What is kept of a page until all are counted: header and footer say how many there are. */
interface Kept {
  sheet: Stretch
  texts: Stretch
  /** Cells that links lead to, with their address on the page. */
  targets: [target: string, address: string][]
}

/** Pages side by side: the same rows with other columns. */
export interface Across {
  paging: ReturnType<typeof pagedBy>
  columns: readonly Int32Array[]
  /** Pages side by side follow each other; else all pages of the first columns come first. */
  isFirst: boolean
}

/** How the pages of a streamed report lie beside each other. */
export function acrossOf({ first }: StreamedReport): Across {
  const paging = pagedBy(first, printLayout(first))
  const isFirst = paging.mode === 'paper' && paging.order === 'overThenDown'
  return { paging, columns: first.pageColumns(paging), isFirst }
}

/** Number of a page, by its place downwards and to the right, both from 0 on. */
export const numberOf = (
  { columns, isFirst }: Pick<Across, 'columns' | 'isFirst'>,
  { down, x, of }: { down: number; x: number; of: number },
): number => (isFirst ? down * columns.length + x + 1 : x * of + down + 1)

/** The document that painters take parts of the report from: its head, its columns, its looks. */
export const headOf = ({ document, report }: OpenedStream): ReportDocument => ({ ...document, result: report.first })

/** One page of cells with the columns given. */
export function sheetOn(painter: HtmlPages, page: DealtPage, columns: Int32Array): string {
  const heights = heightsOn(page)
  return painter.sheet(shownOn(page, columns), { lines: lineNumbers(heights.length), columns, heights })
}

/** Paints the pages of a streamed report for the screen while its portions go by. */
export class StreamedPainter {
  private readonly painter: HtmlPages
  private readonly across: Across
  private readonly cutter: StreamedPages
  private readonly spool: Spool
  private readonly dir: string
  private readonly kept: Kept[][]
  private readonly seen: Seen
  private down = 0

  private constructor(stream: OpenedStream, dir: string, painting: { painter: HtmlPages; seen: Seen }) {
    this.dir = dir
    this.painter = painting.painter
    this.seen = painting.seen
    this.across = acrossOf(stream.report)
    this.cutter = new StreamedPages(stream.report, this.across.paging)
    this.kept = this.across.columns.map(() => [])
    this.spool = new Spool(join(dir, 'pages.part'))
  }

  static async of(stream: OpenedStream, dir: string): Promise<StreamedPainter> {
    const seen: Seen = { texts: [], targets: [] }
    const targets = placesIn(stream.document.template)
    const note = ({ display, cell }: ShownCell, address: string): void => {
      if (targets.has(cell.address)) seen.targets.push([cell.address, address])
      if (display.text !== '') seen.texts.push([address, display.text])
    }
    const painter = await HtmlPages.of(headOf(stream), { seen: note })
    return new StreamedPainter(stream, dir, { painter, seen })
  }

  /** Throws PageTooLongError. */
  async take(portion: ReportPortion): Promise<void> {
    for (const page of this.cutter.take(portion)) {
      this.down = page.number
      for (const [x, columns] of this.across.columns.entries()) {
        const least = this.across.isFirst ? numberOf(this.across, { down: page.number - 1, x, of: 0 }) : page.number
        if (least <= MOST_PAGES) await this.keep(page, x, columns)
      }
    }
  }

  /** Puts the pages together, once all are counted. `fields` are those of the rows, for questions about cells. */
  async finish(fields: readonly string[]): Promise<PaintedPages> {
    const { down, across, painter } = this
    const count = down * across.columns.length
    const writer = new PagesWriter(this.dir)
    const places: NonNullable<PagesIndex['places']> = {}
    const read = await this.spool.reader()
    for (const { number, kept } of this.inOrder()) {
      await writer.add(painter.framed(await read(kept.sheet), { number, count }), await read(kept.texts))
      for (const [target, cell] of kept.targets) places[target] ??= { page: number, cell }
    }
    await this.close()
    const { width: widthMm, height: heightMm } = painter.layout.box
    await writer.finish({ css: painter.css(), widthMm, heightMm, places, streamed: { down, fields: [...fields] } })
    return { pages: count, cut: Math.max(0, count - MOST_PAGES), paper: { widthMm, heightMm } }
  }

  close(): Promise<void> {
    return this.spool.close()
  }

  private async keep(page: DealtPage, x: number, columns: Int32Array): Promise<void> {
    const sheet = await this.spool.add(sheetOn(this.painter, page, columns))
    const texts = await this.spool.add(JSON.stringify(this.seen.texts))
    this.kept[x]?.push({ sheet, texts, targets: this.seen.targets })
    Object.assign(this.seen, { texts: [], targets: [] })
  }

  private inOrder(): { number: number; kept: Kept }[] {
    const all = this.kept.flatMap((pages, x) =>
      pages.map((kept, down) => ({ number: numberOf(this.across, { down, x, of: this.down }), kept })),
    )
    return all.filter(({ number }) => number <= MOST_PAGES).sort((a, b) => a.number - b.number)
  }
}

/** Pages of a streamed report whose rows went by before: `down` is how many lie one below the other. */
export async function pagedOf(stream: OpenedStream, down: number): Promise<PagedReport> {
  const document = headOf(stream)
  const painter = await HtmlPages.of(document)
  const across = acrossOf(stream.report)
  const count = down * across.columns.length
  async function* sheets(shown: readonly [x: number, columns: Int32Array][]): AsyncGenerator<HtmlPage> {
    const cutter = new StreamedPages(stream.report, across.paging)
    for await (const portion of stream.report.portions())
      for (const page of cutter.take(portion))
        for (const [x, columns] of shown) {
          const number = numberOf(across, { down: page.number - 1, x, of: down })
          const body = painter.framed(sheetOn(painter, page, columns), { number, count })
          yield { number, count, body, cells: heightsOn(page).length * columns.length }
        }
  }
  async function* pages(): AsyncGenerator<HtmlPage> {
    const columns = [...across.columns.entries()]
    if (across.isFirst) yield* sheets(columns)
    else for (const each of columns) yield* sheets([each])
  }
  return { document, painter: { layout: painter.layout, css: (faces) => painter.css(faces), pages } }
}

/** Pages without header and footer, on disk until all are counted. */
class Spool {
  private readonly file: string
  private readonly out: WriteStream
  private handle: FileHandle | undefined
  private length = 0

  constructor(file: string) {
    this.file = file
    this.out = createWriteStream(file)
  }

  async add(text: string): Promise<Stretch> {
    const [start, bytes] = [this.length, Buffer.byteLength(text)]
    this.length += bytes
    await written(this.out, text)
    return { start, bytes }
  }

  async reader(): Promise<(stretch: Stretch) => Promise<string>> {
    await closed(this.out)
    const handle = (this.handle = await open(this.file))
    return async ({ start, bytes }) => (await handle.read(Buffer.alloc(bytes), 0, bytes, start)).buffer.toString('utf8')
  }

  async close(): Promise<void> {
    await this.handle?.close()
    this.handle = undefined
    if (!this.out.closed) await closed(this.out)
    await rm(this.file, { force: true })
  }
}
