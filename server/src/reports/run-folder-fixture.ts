import { readFileSync } from 'node:fs'
import type { PagedReport } from './paint-html.ts'
import { pagesFile, pagesIndexFile, textsFile, type PagesIndex } from './run-files.ts'

/** What a run told and left in its folder. */
export interface Made {
  told: unknown
  css: string
  index: Partial<PagesIndex>
  pages: string[]
  texts: string[]
}

const rulesIn = (css: string): Map<string, string> =>
  new Map([...css.matchAll(/\.(s\d+)(\{[^}]*\})/g)].map(([, name = '', look = '']) => [name, look]))

/** Markup with looks in the place of their names, which follow from the order in which they were first met. */
const withLooks = (html: string, rules: ReadonlyMap<string, string>): string =>
  html.replaceAll(/\bs\d+\b(?=["])/g, (name) => rules.get(name) ?? name)

/** Pages as they are printed. */
export async function printed({ painter }: PagedReport): Promise<string[]> {
  const bodies: string[] = []
  for await (const { body, number, count } of painter.pages()) bodies.push(`${number}/${count} ${body}`)
  const rules = rulesIn(painter.css())
  return bodies.map((body) => withLooks(body, rules))
}

/** What lies in the folder of a run. */
export function made(dir: string, told: unknown): Made {
  const { css, offsets, ...index } = JSON.parse(readFileSync(pagesIndexFile(dir), 'utf8')) as PagesIndex
  const rules = rulesIn(css)
  const html = readFileSync(pagesFile(dir))
  const pages = offsets.slice(1).map((end, i) => withLooks(html.subarray(offsets[i], end).toString('utf8'), rules))
  const { streamed: _, ...rest } = index
  return {
    told,
    css: [...rules.values()].sort().join('\n'),
    index: rest,
    pages,
    texts: readFileSync(textsFile(dir), 'utf8').split('\n'),
  }
}
