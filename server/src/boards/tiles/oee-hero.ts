import type { TileData } from '@gemba/contracts/board'
import type { NumberValues } from '../number-values.service.ts'
import type { OeeFacts } from '../oee-facts.ts'

export function oeeHero(facts: OeeFacts, values: NumberValues): TileData<'oee-hero'> {
  const { figures, parts, sources, dataAt } = facts
  const coverage = figures.coverage
  const ratio = (name: 'oee' | 'availability' | 'performance' | 'quality') =>
    values.of(figures[name], {
      unit: 'ratio',
      sources,
      dataAt,
      coverage,
      missing: figures.missingBy[name],
      quality:
        figures.flags.includes('performance-over-100') && name !== 'availability' && name !== 'quality'
          ? 'uncertain'
          : 'good',
    })
  return {
    oee: ratio('oee'),
    availability: ratio('availability'),
    performance: ratio('performance'),
    quality: ratio('quality'),
    targets: targetsOf(facts),
    units: facts.known,
    flags: [
      ...figures.flags,
      ...(parts.uncoveredPieces > 0 && !figures.flags.includes('uncovered-pieces') ? ['uncovered-pieces'] : []),
    ],
    rule: facts.units.length > 1 ? 'sum-of-parallel-units' : 'work-unit',
  }
}

/** Targets of the scope itself, else of its only unit, else the mean weighted by nothing: none. */
export function targetsOf(facts: OeeFacts): TileData<'oee-hero'>['targets'] {
  const targets = facts.equipment.targets ?? (facts.units.length === 1 ? facts.units[0]?.targets : undefined)
  return {
    oee: targets?.oee ?? null,
    availability: targets?.availability ?? null,
    performance: targets?.performance ?? null,
    quality: targets?.quality ?? null,
  }
}
