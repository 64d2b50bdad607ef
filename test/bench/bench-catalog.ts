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

export const benchUnit = (index: number): string =>
  `BEN/SHOP/L${Math.floor(index / 10) + 1}/M${String(index + 1).padStart(2, '0')}`

function equipment(units: number): EquipmentDefinition[] {
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
      source: 'bench-push',
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

export function benchCatalog(size: {
  units: number
  tags: number
  sources?: CatalogDocument['sources']
}): CatalogDocument {
  const shift = (code: string, [start, end]: [string, string], endOffsetDays: number) => ({
    code,
    name: both(code),
    start,
    end,
    endOffsetDays,
    breaks: [],
  })
  return {
    formatVersion: 1,
    enterprise: both('Bench'),
    sites: [
      {
        id: 'BEN',
        name: both('Bench'),
        timeZone: 'Asia/Shanghai',
        productionDayStart: '07:00',
        shifts: [
          shift('A', ['07:00', '15:00'], 0),
          shift('B', ['15:00', '23:00'], 0),
          shift('C', ['23:00', '07:00'], 1),
        ],
        workdays: [1, 2, 3, 4, 5, 6, 7],
        exceptions: [],
      },
    ],
    equipment: equipment(size.units),
    materials: [],
    rates: [],
    reasons: [],
    points: points(size.units, size.tags),
    codeMappings: [],
    sources: size.sources ?? [
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
    ],
  }
}
