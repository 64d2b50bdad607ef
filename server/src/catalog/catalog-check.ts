import type { CatalogDocument, ShiftRule } from '@gemba/contracts/catalog'
import { exceptionRules } from '@gemba/engine/time/calendar'
import { IANAZone } from 'luxon'
import { impossibleMasters } from './master-check.ts'

/** Faults of a catalog that no shape can catch: each names the row. Empty = the catalog can be used. */
export function catalogFaults(catalog: CatalogDocument): string[] {
  return [
    ...duplicates(catalog),
    ...siteFaults(catalog),
    ...equipmentFaults(catalog),
    ...referenceFaults(catalog),
    ...impossibleMasters(catalog),
  ]
}

function duplicates(catalog: CatalogDocument): string[] {
  const lists: [string, string[]][] = [
    ['site', catalog.sites.map((site) => site.id)],
    ['equipment', catalog.equipment.map((equipment) => equipment.path)],
    ['material', catalog.materials.map((material) => material.id)],
    ['reason', catalog.reasons.map((reason) => reason.code)],
    ['alarm', (catalog.alarms ?? []).map((alarm) => alarm.code)],
    ['point', catalog.points.map((point) => point.id)],
    ['source', catalog.sources.map((source) => source.id)],
    ['rate', catalog.rates.map((rate) => `${rate.equipment} / ${rate.material}`)],
    [
      'code mapping',
      catalog.codeMappings.map((mapping) =>
        [mapping.domain, mapping.source, mapping.code, ...(mapping.validFrom ? [mapping.validFrom] : [])].join(' / '),
      ),
    ],
  ]
  return lists.flatMap(([kind, ids]) => {
    const seen = new Set<string>()
    return ids.filter((id) => seen.has(id) || !seen.add(id)).map((id) => `${kind} ${id} stands twice`)
  })
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

function siteFaults(catalog: CatalogDocument): string[] {
  return catalog.sites.flatMap((site) => {
    const faults = IANAZone.isValidZone(site.timeZone) ? [] : [`site ${site.id}: ${site.timeZone} is not a time zone`]
    const exceptions = site.exceptions.flatMap((exception) => {
      const known = new Set([...site.shifts, ...(exception.rules ?? [])].map((rule) => rule.code))
      return [
        ...exception.shifts
          .filter((code) => !known.has(code))
          .map((code) => `site ${site.id}: the exception from ${exception.from} names the unknown shift ${code}`),
        ...(exception.to < exception.from
          ? [`site ${site.id}: the exception from ${exception.from} ends before it`]
          : []),
        ...shiftFaults(`site ${site.id} from ${exception.from}`, exceptionRules(site, exception)),
      ]
    })
    return [...faults, ...shiftFaults(`site ${site.id}`, site.shifts), ...exceptions]
  })
}

/** Shifts of one day must not overlap each other, nor those of the next day. */
function shiftFaults(where: string, rules: readonly ShiftRule[]): string[] {
  const faults: string[] = []
  const spans = rules.map((shift) => ({
    code: shift.code,
    from: minutes(shift.start),
    to: minutes(shift.end) + shift.endOffsetDays * 1440,
  }))
  for (const span of spans) if (span.to <= span.from) faults.push(`${where}: shift ${span.code} ends before it starts`)
  spans.sort((a, b) => a.from - b.from)
  spans.forEach((span, index) => {
    const next = spans[index + 1]
    const first = spans[0]
    if (next && next.from < span.to) faults.push(`${where}: shifts ${span.code} and ${next.code} overlap`)
    if (!next && first && span.to - 1440 > first.from)
      faults.push(`${where}: shift ${span.code} overlaps ${first.code} of the next day`)
  })
  return faults
}

function equipmentFaults(catalog: CatalogDocument): string[] {
  const paths = new Set(catalog.equipment.map((equipment) => equipment.path))
  const sites = new Set(catalog.sites.map((site) => site.id))
  return catalog.equipment.flatMap((equipment) => {
    const parent = equipment.path.split('/').slice(0, -1).join('/')
    const faults: string[] = []
    if (parent !== '' && !paths.has(parent)) faults.push(`equipment ${equipment.path}: its parent ${parent} is missing`)
    if (!sites.has(equipment.path.split('/')[0] ?? '')) faults.push(`equipment ${equipment.path}: its site is missing`)
    if (equipment.level === 'work-unit' && equipment.idealCycleSeconds === undefined)
      faults.push(`equipment ${equipment.path}: a work unit needs an ideal cycle`)
    return faults
  })
}

function referenceFaults(catalog: CatalogDocument): string[] {
  const paths = new Set(catalog.equipment.map((equipment) => equipment.path))
  const sources = new Set(catalog.sources.map((source) => source.id))
  const sites = new Set(catalog.sites.map((site) => site.id))
  return [
    ...catalog.points
      .filter((point) => !paths.has(point.equipment))
      .map((point) => `point ${point.id}: equipment ${point.equipment} is missing`),
    ...catalog.points
      .filter((point) => !point.id.startsWith(`${point.equipment}:`))
      .map((point) => `point ${point.id}: its id must begin with ${point.equipment}:`),
    ...catalog.rates
      .filter((rate) => !paths.has(rate.equipment))
      .map((rate) => `rate of ${rate.material}: equipment ${rate.equipment} is missing`),
    ...catalog.equipment
      .filter((equipment) => equipment.source !== undefined && !sources.has(equipment.source))
      .map((equipment) => `equipment ${equipment.path}: source ${equipment.source} is missing`),
    ...catalog.sources
      .filter((source) => !sites.has(source.site))
      .map((source) => `source ${source.id}: site ${source.site} is missing`),
    ...catalog.codeMappings
      .filter((mapping) => mapping.domain === 'work-center' && !paths.has(mapping.target))
      .map((mapping) => `code mapping ${mapping.source} / ${mapping.code}: equipment ${mapping.target} is missing`),
  ]
}
