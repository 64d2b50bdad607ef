import type { CatalogDocument } from '@gemba/contracts/catalog'
import { fixtureCatalog } from '../catalog-fixture.ts'

/** For tests of leaks: two sites whose every name carries a word that only its own readers may meet. */
export const UNITS = [
  'SUZ/MOLD/IM/IM01',
  'SUZ/MOLD/IM/IM02',
  'SUZ/ASM/A/A1',
  'BRQ/PRESS/P/P1',
  'BRQ/PRESS/P/P2',
] as const
export const PATHS = [
  ...new Set(UNITS.flatMap((unit) => unit.split('/').map((_part, index, all) => all.slice(0, index + 1).join('/')))),
]
export const CUSTOMERS = ['K1', 'K2', 'K3'] as const

/** A word that stands for a place wherever its name is shown. */
export const wordOf = (path: string): string => `Z${path.replaceAll('/', '-')}Z`
export const POINTS = UNITS.map((unit) => `${unit}:temperature`)

/** Orders: one of each customer at each unit. */
export const ORDERS = UNITS.flatMap((unit, at) =>
  CUSTOMERS.map((customer, index) => ({ order: `ORD-${at}${index}`, unit, customer: `${customer}` })),
)
export const sourceOf = (unit: string): string => `erp-${unit.slice(0, 3).toLowerCase()}`
export const workCenterOf = (unit: string): string => `W-${unit.split('/').at(-1)}`

const LEVELS = ['site', 'area', 'line', 'work-unit'] as const
const name = (text: string) => ({ zh: text, en: text })

export function rightsPlant(): CatalogDocument {
  const base = fixtureCatalog()
  const site = base.sites[0] as CatalogDocument['sites'][number]
  const erp = base.sources.find(({ id }) => id === 'erp') as CatalogDocument['sources'][number]
  return {
    ...base,
    sites: ['SUZ', 'BRQ'].map((id) => ({ ...site, id, name: name(wordOf(id)) })),
    equipment: PATHS.map((path, sortOrder) => {
      const level = LEVELS[path.split('/').length - 1] as (typeof LEVELS)[number]
      const more = level === 'work-unit' ? { idealCycleSeconds: 10 } : {}
      return { path, level, name: name(wordOf(path)), sortOrder, ...more }
    }),
    points: UNITS.flatMap((unit) =>
      (['state', 'total', 'temperature'] as const).map((role) => ({
        id: `${unit}:${role}`,
        equipment: unit,
        role: role === 'temperature' ? ('process' as const) : role,
        name: name(`${role} ${wordOf(unit)}`),
      })),
    ),
    codeMappings: UNITS.map((unit) => ({
      domain: 'work-center' as const,
      source: sourceOf(unit),
      code: workCenterOf(unit),
      target: unit,
    })),
    sources: ['SUZ', 'BRQ'].map((id) => ({ ...erp, id: sourceOf(id), site: id, name: name(`ERP ${wordOf(id)}`) })),
  }
}
