import type { CatalogDocument, EquipmentDefinition, ShiftRule, SiteDefinition } from '@gemba/contracts/catalog'
import { componentCycles } from '@gemba/engine/trace/component-cycles'
import type { ZodError } from 'zod'

const MOST_FAULTS = 20
/** Fields that name a row, by preference. */
const NAMES = ['path', 'id', 'code', 'material', 'equipment'] as const

/** Faults of shape with the row they are in: `equipment SUZ/MOLD/IM/IM01, idealCycleSeconds: Too small: …`. */
export function shapeFaults(input: unknown, error: ZodError): string[] {
  return error.issues.slice(0, MOST_FAULTS).map(({ path, message }) => {
    const [list, index, ...rest] = path
    const row = typeof index === 'number' ? rowOf(input, String(list), index) : null
    const field = (row === null ? path.slice(1) : rest).map(String).join('.')
    const place = row === null ? String(list ?? 'document') : `${String(list)} ${row}`
    return `${place}${field === '' ? '' : `, ${field}`}: ${message}`
  })
}

function rowOf(input: unknown, list: string, index: number): string {
  const rows = typeof input === 'object' && input !== null ? (input as Record<string, unknown>)[list] : null
  const row: unknown = Array.isArray(rows) ? rows[index] : null
  const number = `row ${index + 1}`
  if (typeof row !== 'object' || row === null) return number
  const fields = row as Record<string, unknown>
  const names = NAMES.map((name) => fields[name]).filter((name) => typeof name === 'string')
  return names.length > 0 ? names.slice(0, 2).join(' / ') : number
}

const DEPTH: Readonly<Record<EquipmentDefinition['level'], number>> = {
  site: 0,
  area: 1,
  line: 2,
  'work-unit': 3,
  station: 4,
}

/** Masters that have the right shape and cannot be: each fault names its row. */
export function impossibleMasters(catalog: CatalogDocument): string[] {
  return [
    ...levelFaults(catalog),
    ...catalog.sites.flatMap((site) => [
      ...calendarFaults(site.id, site.shifts),
      ...exceptionFaults(site),
      ...clockFaults(site, catalog),
    ]),
    ...componentFaults(catalog),
    ...catalog.rates
      .filter((rate) => catalog.equipment.find((each) => each.path === rate.equipment)?.level === 'site')
      .map((rate) => `rate of ${rate.material}: ${rate.equipment} is a site, which has no cycle`),
    ...catalog.points
      .filter(({ low, high }) => low !== undefined && high !== undefined && low >= high)
      .map((point) => `point ${point.id}: its low limit ${point.low} is not below its high limit ${point.high}`),
    ...mappingFaults(catalog),
  ]
}

/** Levels fall from parent to child: what is its own parent, or stands above it, cannot be. */
function levelFaults(catalog: CatalogDocument): string[] {
  const levels = new Map(catalog.equipment.map(({ path, level }) => [path, level]))
  return catalog.equipment.flatMap(({ path, level }) => {
    const parent = path.split('/').slice(0, -1).join('/')
    const above = levels.get(parent)
    if (parent === '' && level !== 'site')
      return [`equipment ${path}: only a site stands at the top, this is a ${level}`]
    if (above === undefined || DEPTH[above] < DEPTH[level]) return []
    if (path.split('/').at(-1) === parent.split('/').at(-1) && above === level)
      return [`equipment ${path}: it is its own parent`]
    return [`equipment ${path}: a ${level} cannot stand below the ${above} ${parent}`]
  })
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** A shift code stands once; breaks lie inside their shift and beside each other. */
function calendarFaults(site: string, shifts: readonly ShiftRule[]): string[] {
  const faults: string[] = []
  const codes = new Set<string>()
  for (const shift of shifts) {
    if (codes.has(shift.code)) faults.push(`site ${site}: shift ${shift.code} stands twice`)
    codes.add(shift.code)
    const start = minutes(shift.start)
    const length = minutes(shift.end) + shift.endOffsetDays * 1440 - start
    const breaks = shift.breaks
      .map((each) => {
        const from = (minutes(each.start) - start + 1440) % 1440
        return { ...each, from, to: from + ((minutes(each.end) - minutes(each.start) + 1440) % 1440) }
      })
      .sort((a, b) => a.from - b.from)
    breaks.forEach((each, index) => {
      const name = `site ${site}: the break ${each.start}–${each.end} of shift ${shift.code}`
      const next = breaks[index + 1]
      if (each.to === each.from) faults.push(`${name} has no length`)
      else if (length > 0 && each.to > length) faults.push(`${name} lies outside of the shift`)
      if (next && next.from < each.to) faults.push(`${name} overlaps ${next.start}–${next.end}`)
    })
  }
  return faults
}

/** Exceptions may lie inside one another, the last one wins; two for the same days contradict each other. */
function exceptionFaults({ id, exceptions }: SiteDefinition): string[] {
  const seen = new Set<string>()
  return exceptions.flatMap(({ from, to, rules = [] }) => {
    const days = `${from} to ${to}`
    const twice = seen.has(days) ? [`site ${id}: the exception from ${days} stands twice`] : []
    seen.add(days)
    return [...twice, ...calendarFaults(`${id} from ${from}`, rules)]
  })
}

/** A clock is put right by one rule at a time. */
function clockFaults({ id, clockCorrections = [] }: SiteDefinition, { equipment }: CatalogDocument): string[] {
  const paths = new Set(equipment.map(({ path }) => path))
  return clockCorrections.flatMap((each, index) => {
    const name = `site ${id}: the clock correction of ${each.equipment} from ${new Date(each.fromAt).toISOString()}`
    const other = clockCorrections
      .slice(index + 1)
      .find((one) => one.equipment === each.equipment && one.fromAt < each.toAt && each.fromAt < one.toAt)
    return [
      ...(paths.has(each.equipment) ? [] : [`${name}: equipment ${each.equipment} is missing`]),
      ...(each.toAt > each.fromAt ? [] : [`${name} ends before it starts`]),
      ...(other ? [`${name} overlaps the one from ${new Date(other.fromAt).toISOString()}`] : []),
    ]
  })
}

function componentFaults({ components = [], materials }: CatalogDocument): string[] {
  const known = new Set(materials.map(({ id }) => id))
  const seen = new Set<string>()
  const faults: string[] = []
  for (const { material, item, component } of components) {
    const row = `component ${material} / ${item}`
    if (seen.has(row)) faults.push(`${row} stands twice`)
    seen.add(row)
    for (const id of [material, component]) if (!known.has(id)) faults.push(`${row}: material ${id} is missing`)
  }
  return [...faults, ...componentCycles(components).map((cycle) => `components: ${cycle.join(' → ')} contains itself`)]
}

function mappingFaults(catalog: CatalogDocument): string[] {
  const targets = {
    reason: new Set(catalog.reasons.map(({ code }) => code)),
    material: new Set(catalog.materials.map(({ id }) => id)),
  }
  return catalog.codeMappings.flatMap(({ domain, source, code, target }) =>
    (domain === 'reason' || domain === 'material') && !targets[domain].has(target)
      ? [`code mapping ${source} / ${code}: ${domain} ${target} is missing`]
      : [],
  )
}
