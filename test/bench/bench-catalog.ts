/** A catalog of any size for benches: one site, machines in lines of ten, process tags spread over them. */
import type { CatalogDocument, EquipmentDefinition, PointDefinition } from '@gemba/contracts/catalog'

const EVENT_ROLES = [
  'state',
  'mode',
  'reason',
  'order',
  'material',
  'link',
  'total',
  'good',
  'scrap',
  'rework',
] as const
const both = (text: string) => ({ zh: text, en: text })

/** The local hour at which the production day and its first shift begin. */
export const FIRST_HOUR = 7

export const benchUnit = (index: number): string =>
  `BEN/SHOP/L${Math.floor(index / 10) + 1}/M${String(index + 1).padStart(2, '0')}`

function equipment(units: number, source: string): EquipmentDefinition[] {
  const list: EquipmentDefinition[] = [
    { path: 'BEN', level: 'site', name: both('Bench'), sortOrder: 0 },
    { path: 'BEN/SHOP', level: 'area', name: both('Shop'), sortOrder: 0 },
  ]
  for (let line = 1; line <= Math.ceil(units / 10); line += 1)
    list.push({ path: `BEN/SHOP/L${line}`, level: 'line', name: both(`L${line}`), sortOrder: line })
  for (let index = 0; index < units; index += 1) {
    list.push({
      path: benchUnit(index),
      level: 'work-unit',
      name: both(`M${index + 1}`),
      idealCycleSeconds: 3,
      targets: { oee: 0.85 },
      source,
      sortOrder: index,
    })
  }
  return list
}

function points(units: number, tags: number): PointDefinition[] {
  const list: PointDefinition[] = []
  for (let index = 0; index < units; index += 1) {
    for (const role of EVENT_ROLES)
      list.push({ id: `${benchUnit(index)}:${role}`, equipment: benchUnit(index), role, name: both(role) })
  }
  for (let tag = 0; tag < tags; tag += 1) {
    const unit = benchUnit(tag % units)
    list.push({
      id: `${unit}:process/P${Math.floor(tag / units) + 1}`,
      equipment: unit,
      role: 'process',
      name: both(`P${tag}`),
    })
  }
  return list
}

const PUSH: CatalogDocument['sources'] = [
  {
    id: 'bench-push',
    name: both('Bench'),
    family: 'device',
    site: 'BEN',
    periodMs: 2000,
    limitMs: 30_000,
    guarantee: 'no-loss',
    settings: { kind: 'push' },
  },
]

const HOURS_PER_SHIFT = 8

/** Three shifts of eight hours around the clock, without breaks. */
function site(timeZone: string): CatalogDocument['sites'][number] {
  const hour = (value: number) => `${String(value % 24).padStart(2, '0')}:00`
  return {
    id: 'BEN',
    name: both('Bench'),
    timeZone,
    productionDayStart: hour(FIRST_HOUR),
    shifts: ['A', 'B', 'C'].map((code, index) => {
      const start = FIRST_HOUR + index * HOURS_PER_SHIFT
      const end = start + HOURS_PER_SHIFT
      const endOffsetDays = end > 24 ? 1 : 0
      return { code, name: both(code), start: hour(start), end: hour(end), endOffsetDays, breaks: [] }
    }),
    workdays: [1, 2, 3, 4, 5, 6, 7],
    exceptions: [],
  }
}

export function benchCatalog(size: {
  units: number
  tags: number
  sources?: CatalogDocument['sources']
  timeZone?: string
}): CatalogDocument {
  const sources = size.sources ?? PUSH
  return {
    formatVersion: 1,
    enterprise: both('Bench'),
    sites: [site(size.timeZone ?? 'Asia/Shanghai')],
    equipment: equipment(size.units, sources[0]?.id ?? ''),
    materials: [],
    rates: [],
    reasons: [],
    points: points(size.units, size.tags),
    codeMappings: [],
    sources,
  }
}
