import { type ParameterValue, reportId } from '@gemba/contracts/report'
import type { Template, TemplateCell } from '@gemba/contracts/template'
import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { Moment } from '@gemba/engine/formula/moment'
import { isArray, isError, textOf, valueOf, type Value } from '@gemba/engine/formula/values'
import { partValue, type ReportChart } from '@gemba/engine/report/charts'
import type { ShownCell } from '@gemba/engine/report/report-result'
import type { ReportDocument } from './report-document.ts'

type Link = NonNullable<TemplateCell['link']>
export type LinkParams = readonly (readonly [name: string, value: Value])[]

const SCHEME = /^(https?:|mailto:)/i

/** Where a click on a shown cell leads; null = nowhere. In a file it leads to the product where its address is known. */
export function cellLink(
  document: ReportDocument,
  shown: ShownCell,
  { onScreen }: { onScreen: boolean },
): string | null {
  const { link } = shown.cell.source
  if (shown.blank || link === undefined) return null
  if (link.to === 'place') return placeLink(shown, link.target, { onScreen })
  if (onScreen && link.to === 'rows') return `#rows:${link.target ?? ''}`
  const site = onScreen ? '' : (document.publicUrl?.replace(/\/+$/, '') ?? null)
  return linkAddress(link, paramsAt(shown, link), { site })
}

/** Cells of the template that links lead to. */
export const placesIn = ({ cells }: Template): Set<string> =>
  new Set(cells.flatMap(({ link }) => (link?.to === 'place' && link.target !== undefined ? [link.target] : [])))

/** What the first cell of a place is called in a page of markup. */
export const placeName = (cell: string): string => `place-${cell}`

/** A place is one of the report itself; what a sub-report calls so is not there in its host. */
function placeLink({ of }: ShownCell, target: string | undefined, { onScreen }: { onScreen: boolean }): string | null {
  if (target === undefined || of.name !== '' || !of.run.template.byAddress.has(target)) return null
  return onScreen ? `#place:${target}` : `#${placeName(target)}`
}

/** Where a click on each point of a chart leads, by series and category; empty for a chart whose points lead nowhere. */
export function pointLinks(shown: ShownCell, { categories, series }: ReportChart): (string | null)[][] {
  const { link } = shown.cell.source
  if (link?.point === undefined) return []
  const { point } = link
  const params = paramsAt(shown, link)
  return series.map(({ name, values }) =>
    categories.map((category, i) => {
      const own: LinkParams = [
        ...(point.category === undefined ? [] : [[point.category, category] as const]),
        ...(point.series === undefined ? [] : [[point.series, name] as const]),
        ...(point.value === undefined ? [] : [[point.value, valueOf(values[i] ?? null)] as const]),
      ]
      return linkAddress(link, [...params, ...own], { site: '' })
    }),
  )
}

const paramsAt = ({ of, cell, instance }: ShownCell, link: Link): LinkParams =>
  Object.keys(link.params ?? {}).map((name) => [
    name,
    partValue(of.run, cell, { part: `link.params.${name}`, instance }),
  ])

/**
 * The address of a link; null = none. `site` is what stands before addresses of the product: nothing on its own pages,
 * its public address in a file, null where a file does not know how its reader reaches the product.
 */
export function linkAddress(link: Link, params: LinkParams, { site }: { site: string | null }): string | null {
  const { to, target } = link
  if (target === undefined) return null
  if (to === 'report' || to === 'dialog') {
    if (site === null || !reportId.safeParse(target).success) return null
    const address = reportAddress(target, params)
    // A file has no panel: there it is the report itself.
    const beside = site === '' && (to === 'dialog' || link.window === 'dialog') ? '&in=panel' : ''
    return address === null ? null : `${site}${address}${beside}`
  }
  if (to !== 'url' || !SCHEME.test(target)) return null
  const query = new URLSearchParams(params.map(([name, value]): [string, string] => [name, textOf(value)])).toString()
  return query === '' ? target : `${target}${target.includes('?') ? '&' : '?'}${query}`
}

/** A parameter that could not be computed would be replaced by a default: another report than the one clicked for. */
function reportAddress(report: string, params: LinkParams): string | null {
  if (params.some(([, value]) => isError(value))) return null
  const values = Object.fromEntries(params.map(([name, value]) => [name, parameterOf(value)]))
  return `/reports/${report}?${new URLSearchParams({ p: JSON.stringify(values) }).toString()}`
}

/** A value as parameters carry it; two days are a range. */
export function parameterOf(value: Value): ParameterValue {
  if (isArray(value)) {
    const [from = null, to = null] = value
    if (value.length === 2 && from instanceof Moment && to instanceof Moment)
      return { from: textOf(from), to: textOf(to) }
    return value.filter((part) => part !== null).map((part) => (isNum(part) ? toNumber(part) : textOf(part)))
  }
  if (isNum(value)) return toNumber(value)
  return typeof value === 'boolean' || value === null ? value : textOf(value)
}
