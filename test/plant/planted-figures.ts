/** What the machines were planted to reach, and how far a month of them may stray: the conformance table and one own row. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UnitCode } from './parameters.ts'

export type Figure = 'oee' | 'availability' | 'performance' | 'quality'
export const FIGURES: readonly Figure[] = ['oee', 'availability', 'performance', 'quality']

export interface Planted {
  readonly analytic: Readonly<Record<Figure, number>>
  /** Standard deviation of a month. */
  readonly sim_sd: Readonly<Record<Figure, number>>
  readonly horizon_planned_h: number
}

const { machines } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../conformance/reference-factory.json'), 'utf8'),
) as { machines: Record<string, Planted> }

/** Planned hours per hour of execution: repairs of 2 h every 160 h, half an hour between loads of 6 h. */
const STERILISER_PLANNED = 1 + 2 / 160 + 0.5 / 6
/** 22 of 24 pallets on average. */
const STERILISER_FILL = 22 / 24

/** The steriliser is not in the table; its deviations were measured over 240 simulated months. */
const STERILISER: Planted = {
  analytic: {
    availability: 1 / STERILISER_PLANNED,
    performance: STERILISER_FILL,
    quality: 1,
    oee: STERILISER_FILL / STERILISER_PLANNED,
  },
  sim_sd: { availability: 0.00624, performance: 0.00766, quality: 0, oee: 0.00946 },
  horizon_planned_h: 645,
}

/** The cells of F1 are planted alike. */
export const plantedOf = (code: UnitCode): Planted =>
  code === 'ST01' ? STERILISER : (machines[code.replace(/^F1-\d$/, 'F1')] as Planted)
