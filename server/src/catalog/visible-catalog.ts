import type { CatalogDocument } from '@gemba/contracts/catalog'
import type { Principal } from '../accounts/principal.ts'
import { equipmentScope, factScope, placeRow, touchesOrdersOf } from '../datasets/data-gate.ts'

/** The catalog as a principal sees it: nothing names a place, point or source that is hidden. */
export function visibleCatalog(document: CatalogDocument, principal: Principal): CatalogDocument {
  const scope = equipmentScope(principal)
  const readings = factScope(principal, 'reading')
  const sources = factScope(principal, 'source')
  const equipment = document.equipment.filter(({ path }) => scope.touches(path))
  const shown = new Set(equipment.map(({ path }) => path))
  const isWhole = equipment.length === document.equipment.length
  const visibleSources = document.sources.filter(({ id, site, family }) => sources.allows({ source: id, site, family }))
  const sourceIds = new Set(visibleSources.map(({ id }) => id))
  const rates = document.rates.filter((rate) => shown.has(rate.equipment))
  return {
    ...document,
    sites: document.sites.filter(({ id }) => touchesOrdersOf(principal, id)),
    // A source that may not be seen is not named by the equipment it serves.
    equipment: equipment.map((each) => {
      if (each.source === undefined || sourceIds.has(each.source)) return each
      const { source: _hidden, ...rest } = each
      return rest
    }),
    // Names of materials, reasons and alarms belong to no place; who sees no place needs none.
    materials: equipment.length > 0 ? document.materials : [],
    reasons: equipment.length > 0 ? document.reasons : [],
    alarms: equipment.length > 0 ? (document.alarms ?? []) : [],
    rates,
    points: document.points.filter(({ id, equipment: unit }) => readings.allows({ point: id, ...placeRow(unit) })),
    codeMappings: document.codeMappings.filter(
      ({ domain, source, target }) =>
        (isWhole || sourceIds.has(source)) && (domain !== 'work-center' || shown.has(target)),
    ),
    sources: visibleSources,
  }
}
