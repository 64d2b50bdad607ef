import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { ParameterValues } from '@gemba/contracts/report'
import type { TimeRange } from '@gemba/contracts/time'
import { productionDateOf, productionDays, shiftAt } from '@gemba/engine/time/calendar'
import { instantOfLocal } from '@gemba/engine/time/local-time'
import { DatasetRefused } from './dataset-reading.ts'

const REFERENCE = /^param\.(.+)$/
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Texts that a value or `param.<name>` stands for; null when the parameter is empty. */
export function textsOf(given: string | string[] | undefined, params: ParameterValues): string[] | null {
  if (given === undefined) return null
  if (Array.isArray(given)) {
    const all = given.flatMap((each) => textsOf(each, params) ?? [])
    return all.length === 0 ? null : all
  }
  const name = REFERENCE.exec(given)?.[1]
  if (name === undefined) return given === '' ? null : [given]
  const value = params[name]
  if (value === undefined || value === null || value === '') return null
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String)
  return typeof value === 'object' ? [value.from, value.to] : [String(value)]
}

interface Bounds {
  from?: string | undefined
  to?: string | undefined
}

/**
 * The period that `from` and `to` name, ms, half-open; null when neither is given. A date is a production date of the
 * site, inclusive at the end. Throws DatasetRefused for what is no date.
 */
export function periodOfBounds(
  { from, to }: Bounds,
  { params, site, nowAt }: { params: ParameterValues; site: SiteDefinition; nowAt: number },
): TimeRange | null {
  if (from === 'current-shift') {
    const shift = shiftAt(site, nowAt)
    return { fromAt: shift?.fromAt ?? dayOf(site, productionDateOf(site, nowAt)).fromAt, toAt: nowAt }
  }
  const begins = textsOf(from, params)
  const ends = textsOf(to, params) ?? (begins !== null && begins.length === 2 ? begins.slice(1) : begins)
  const first = begins?.[0]
  if (first === undefined) return null
  const last = from === to && begins?.length === 2 ? begins[1] : ends?.at(-1)
  const fromAt = boundOf(first, site).fromAt
  const toAt = boundOf(last ?? first, site).toAt
  if (fromAt >= toAt) throw wrong(`${first} … ${last}`)
  return { fromAt, toAt }
}

function boundOf(text: string, site: SiteDefinition): TimeRange {
  if (DATE.test(text)) return dayOf(site, text)
  const at = /(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw wrong(text)
  return { fromAt: at, toAt: at }
}

function dayOf(site: SiteDefinition, date: string): TimeRange {
  const noonAt = Number.isNaN(Date.parse(`${date}T12:00:00Z`))
    ? Number.NaN
    : instantOfLocal(site.timeZone, date, '12:00')
  const day = Number.isNaN(noonAt)
    ? undefined
    : productionDays(site, { fromAt: noonAt - 86_400_000, toAt: noonAt + 86_400_000 }).find(
        (each) => each.date === date,
      )
  if (day === undefined) throw wrong(date)
  return { fromAt: day.fromAt, toAt: day.toAt }
}

const wrong = (text: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `“${text}”不是日期或时间范围`, en: `“${text}” is no date and no range of time` },
    {
      zh: '请给出 YYYY-MM-DD 或带时区的时间，且开始早于结束',
      en: 'give YYYY-MM-DD or an instant with a zone, the start before the end',
    },
  )
