import { ratio } from '../kpi/ratio.ts'

/** What became of one lot or one material; quantities in one unit. */
export interface MassParts {
  produced: number
  opening: number
  shipped: number
  onHand: number
  wip: number
  scrap: number
  samples: number
  reworkOut: number
}

export interface MassBalance {
  /** produced + opening. */
  available: number
  accounted: number
  /** available − accounted; below zero = more was found than there ever was. */
  unaccounted: number
  /** accounted / available; above 1 is a finding too. Null when nothing was available. */
  recovery: number | null
}

/** produced + opening = shipped + on hand + WIP + scrap + samples + rework out + unaccounted. Source: domain rule 4.1. */
export function massBalance(parts: MassParts): MassBalance {
  const available = parts.produced + parts.opening
  const accounted = parts.shipped + parts.onHand + parts.wip + parts.scrap + parts.samples + parts.reworkOut
  return { available, accounted, unaccounted: available - accounted, recovery: ratio(accounted, available) }
}

/** `missing`: too little is accounted for, `surplus`: too much, `empty`: there was nothing to account for. */
export type BalanceVerdict = 'balanced' | 'missing' | 'surplus' | 'empty'

/**
 * Judges a balance by the tolerance of its material (fraction of what was available: yield, moisture, scales).
 * Source: domain rule 4.1.
 */
export function balanceVerdict(balance: MassBalance, tolerance: number): BalanceVerdict {
  if (balance.recovery === null) return balance.accounted === 0 ? 'empty' : 'surplus'
  if (Math.abs(1 - balance.recovery) <= tolerance + 1e-12) return 'balanced'
  return balance.recovery < 1 ? 'missing' : 'surplus'
}
