import { ratio, sumOf } from './ratio.ts'

/** Scrap / produced, fraction (ISO 22400-2: SQ / PQ). Null when nothing was produced. */
export function scrapRatio(scrap: number, produced: number): number | null {
  return ratio(scrap, produced)
}

/** Rework / produced, fraction (ISO 22400-2: RQ / PQ). Null when nothing was produced. */
export function reworkRatio(rework: number, produced: number): number | null {
  return ratio(rework, produced)
}

/** Actual / planned scrap (ISO 22400-2: SQ / PSQ); above 1 is worse than planned. Null without planned scrap. */
export function actualToPlannedScrap(scrap: number, plannedScrap: number): number | null {
  return ratio(scrap, plannedScrap)
}

/** Fall-off: scrap of an operation / produced quantity of the first operation (ISO 22400-2). */
export function fallOffRatio(scrap: number, producedAtFirst: number): number | null {
  return ratio(scrap, producedAtFirst)
}

/** Defects per unit (one unit may have several); null without units. Source: Montgomery ch. 7.3. */
export function defectsPerUnit(defects: number, units: number): number | null {
  return ratio(defects, units)
}

/** One decided inspection lot; quantities in pieces. */
export interface InspectionLot {
  inspected: number
  accepted: number
  /** Null while nothing was decided. */
  decision: 'accepted' | 'rejected' | null
}

/** 检验通过率 in both meanings; say which is shown. */
export interface InspectionPassRate {
  /** Accepted / decided lots. */
  lotRate: number | null
  /** Accepted / inspected quantity of decided lots. */
  quantityRate: number | null
  decided: number
  undecided: number
}

/**
 * Pass rate of inspection by lots and by quantity; lots without a decision count in neither. Source: domain rule
 * 3.3.
 */
export function inspectionPassRate(lots: readonly InspectionLot[]): InspectionPassRate {
  const decided = lots.filter((lot) => lot.decision !== null)
  const accepted = decided.filter((lot) => lot.decision === 'accepted').length
  return {
    lotRate: ratio(accepted, decided.length),
    quantityRate: ratio(
      sumOf(decided, (lot) => lot.accepted),
      sumOf(decided, (lot) => lot.inspected),
    ),
    decided: decided.length,
    undecided: lots.length - decided.length,
  }
}

/** Scrap of one operation with its standard cost up to there, and the rework done; money in one currency. */
export interface QualityLoss {
  scrap: number
  standardCost: number
  reworkHours: number
  hourlyRate: number
}

/**
 * Cost of poor quality: Σ scrap × standard cost at the operation + rework hours × rate. Money in the given currency.
 * Source: domain rule 3.3; Juran.
 */
export function costOfPoorQuality(losses: readonly QualityLoss[]): number {
  return sumOf(losses, (loss) => loss.scrap * loss.standardCost + loss.reworkHours * loss.hourlyRate)
}

/** What happened to one serial at one pass through a step, in order of time. */
export interface SerialPass {
  serial: string
  result: 'good' | 'rework' | 'scrap'
}

/**
 * First-pass counts of a step from serials: a serial counts once, by its first pass; one that returns twice is one unit
 * that was not right the first time. Gives what `firstPassYield` takes. Source: domain rule 3.3.
 */
export function firstPassCounts(passes: readonly SerialPass[]): { input: number; scrap: number; rework: number } {
  const seen = new Set<string>()
  const counts = { input: 0, scrap: 0, rework: 0 }
  for (const { serial, result } of passes) {
    if (seen.has(serial)) continue
    seen.add(serial)
    counts.input += 1
    if (result !== 'good') counts[result] += 1
  }
  return counts
}
