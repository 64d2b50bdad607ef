import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { pagesFile, pagesIndexFile, textsFile, type PagesIndex } from './run-files.ts'

/** More pages are not kept for the screen; the files hold all. */
export const MOST_PAGES = 2_000

/** Address and text of a cell of a page. */
export type CellText = readonly [cell: string, text: string]

/** Writes the pages for the screen, each to be found by its place, and their texts for searching. */
export class PagesWriter {
  private readonly dir: string
  private readonly pages: WriteStream
  private readonly lines: WriteStream
  private readonly offsets = [0]

  constructor(dir: string) {
    this.dir = dir
    this.pages = createWriteStream(pagesFile(dir))
    this.lines = createWriteStream(textsFile(dir))
  }

  /** `texts` is a list of `CellText` as JSON. */
  async add(body: string, texts: string): Promise<void> {
    const html = `<section class="page">${body}</section>`
    this.offsets.push((this.offsets.at(-1) as number) + Buffer.byteLength(html))
    await written(this.pages, html)
    await written(this.lines, `${texts}\n`)
  }

  async finish(rest: Omit<PagesIndex, 'offsets'>): Promise<void> {
    await Promise.all([closed(this.pages), closed(this.lines)])
    await writeFile(pagesIndexFile(this.dir), JSON.stringify({ ...rest, offsets: this.offsets } satisfies PagesIndex))
  }
}

/** Waits while the disk is busy. */
export async function written(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

export async function closed(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
}
