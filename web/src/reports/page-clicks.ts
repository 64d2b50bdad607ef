import { z } from 'zod'

/** What a click on a page means: a link with the cell that it stands in, or the cell itself. */
export interface PageClick {
  href: string | null
  cell: string | null
}

const pointLinks = z.array(z.array(z.string().nullable()))

/** Links win over cells; a point of a chart leads where its chart says. */
export function clickAt(target: Element | null): PageClick {
  const cell = target?.closest?.('[data-cell]')?.getAttribute('data-cell') ?? null
  const link = target?.closest?.('a')?.getAttribute('href') ?? null
  return { href: link ?? pointAt(target), cell }
}

function pointAt(target: Element | null): string | null {
  const drawn = target?.closest?.('[ecmeta_data_index]')
  const links = linksOf(target?.closest?.('[data-points]'))
  if (!drawn || links.length === 0) return null
  // A waterfall is drawn as two series, of which the last one is the figures.
  const series = Math.min(Number(drawn.getAttribute('ecmeta_series_index') ?? 0), links.length - 1)
  return links[series]?.[Number(drawn.getAttribute('ecmeta_data_index'))] ?? null
}

/** Links of a chart by series and category; none for a cell without. */
export function linksOf(cell: Element | null | undefined): (string | null)[][] {
  const text = cell?.getAttribute('data-points')
  if (!text) return []
  try {
    return pointLinks.safeParse(JSON.parse(text)).data ?? []
  } catch {
    return []
  }
}
