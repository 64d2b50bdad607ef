import type { TileData } from '@gemba/contracts/board'

type Figure = TileData<'key-figure'>

/** How a figure stands to its target: what is compared, by how much, and whether that is worse. */
export interface Standing {
  delta: number
  isWorse: boolean
  /** Alarm instead of warning: a count that should be zero is not. */
  isAlarm: boolean
}

/** The number that is compared with the target: of "18/12" it is the second. */
export function comparedOf(figure: Figure): number | null {
  return figure.second === null ? figure.value.value : figure.second.value
}

export function standingOf(figure: Figure): Standing | null {
  const value = comparedOf(figure)
  if (value === null || figure.target === null) return null
  const delta = value - figure.target
  // Judged as it is shown: shares to a tenth of a per cent.
  const shown = figure.value.unit === 'ratio' ? Math.round(delta * 1000) : delta
  const isWorse = figure.direction === 'higher-is-better' ? shown < 0 : shown > 0
  return { delta, isWorse, isAlarm: isWorse && figure.direction === 'lower-is-better' }
}
