import { reportId } from '@gemba/contracts/report'
import type { TemplateCell } from '@gemba/contracts/template'
import { isNum, toNumber } from '@gemba/engine/formula/decimal'
import { Moment } from '@gemba/engine/formula/moment'
import { isArray, isError, textOf, type Value } from '@gemba/engine/formula/values'

type Link = NonNullable<TemplateCell['link']>
export type LinkParams = readonly (readonly [name: string, value: Value])[]

const SCHEME = /^(https?:|mailto:)/i

/**
 * Where a click on a cell leads; null = nowhere. Another report is within reach on a screen only: a file does not know
 * under which address its reader finds the product.
 */
export function linkAddress(link: Link, params: LinkParams, { onScreen }: { onScreen: boolean }): string | null {
  const { to, target } = link
  if (target === undefined) return null
  if (to === 'report') return onScreen && reportId.safeParse(target).success ? reportAddress(target, params) : null
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
function parameterOf(value: Value): unknown {
  if (isArray(value)) {
    const [from = null, to = null] = value
    if (value.length === 2 && from instanceof Moment && to instanceof Moment)
      return { from: textOf(from), to: textOf(to) }
    return value.filter((part) => part !== null).map((part) => (isNum(part) ? toNumber(part) : textOf(part)))
  }
  if (isNum(value)) return toNumber(value)
  return typeof value === 'boolean' || value === null ? value : textOf(value)
}
