import type { ReasonDefinition } from '@gemba/contracts/catalog'
import type { EquipmentTimeParts, KpiRatio, StopPart } from '@gemba/contracts/kpi'
import type { MissingReason } from '@gemba/contracts/value'
import { reworkRatio, scrapRatio } from '@gemba/engine/kpi/defects'
import { capped, equipmentRatiosOfParts } from '@gemba/engine/kpi/equipment-ratios'
import { oeeFromParts } from '@gemba/engine/kpi/oee'
import { reliabilityOfWindow } from '@gemba/engine/kpi/reliability'
import { failureRate } from '@gemba/engine/kpi/repair-times'
import { firstPassYield, firstTimeYield } from '@gemba/engine/kpi/yield'

const HOUR_MS = 3_600_000

/** What figures of equipment are made of: sums over units and windows; the division comes last. */
export interface EquipmentSums {
  parts: EquipmentTimeParts
  stops: readonly StopPart[]
  reasonCategory: (reason: string | null) => ReasonDefinition['category'] | null
}

export interface Figure {
  value: number | null
  missing?: MissingReason | undefined
}

type PartName = keyof EquipmentTimeParts
type Quotient = readonly [numerator: number, denominator: number]

interface FigureRule {
  /** The sums a reader needs to check it. */
  parts: readonly PartName[]
  of: (sums: EquipmentSums) => Figure
  /** The two numbers that were divided. */
  ratio: (sums: EquipmentSums) => KpiRatio
}

const time = ([numerator, denominator]: Quotient): KpiRatio => ({
  numerator,
  numeratorUnit: 'ms',
  denominator,
  denominatorUnit: 'ms',
})
const pieces = ([numerator, denominator]: Quotient): KpiRatio => ({
  numerator,
  numeratorUnit: 'piece',
  denominator,
  denominatorUnit: 'piece',
})
const perEvent = ([numerator, denominator]: Quotient): KpiRatio => ({
  numerator,
  numeratorUnit: 'ms',
  denominator,
  denominatorUnit: 'count',
})

type OeeMeasure = 'oee' | 'availability' | 'performance' | 'quality' | 'teep' | 'coverage'

function oeeRule(
  measure: OeeMeasure,
  parts: readonly PartName[],
  quotient: (parts: EquipmentTimeParts) => Quotient,
): FigureRule {
  return {
    parts,
    of: (sums) => {
      const figures = oeeFromParts(sums.parts)
      return { value: figures[measure], missing: figures.missingBy[measure] }
    },
    ratio: (sums) => time(quotient(sums.parts)),
  }
}

/** A figure that has no reason of its own for being missing: nothing in its denominator. */
function rule(
  parts: readonly PartName[],
  value: (sums: EquipmentSums) => number | null,
  ratio: (sums: EquipmentSums) => KpiRatio,
): FigureRule {
  return {
    parts,
    of: (sums) => {
      const found = value(sums)
      return found === null ? { value: found, missing: missingOf(sums.parts) } : { value: found }
    },
    ratio,
  }
}

function missingOf(parts: EquipmentTimeParts): MissingReason {
  if (parts.plannedMs <= 0) return parts.scheduledMs > 0 ? 'no-data' : 'not-scheduled'
  return parts.runMs <= 0 ? 'not-running' : 'not-applicable'
}

const reliability = ({ parts, stops, reasonCategory }: EquipmentSums) =>
  reliabilityOfWindow(parts, stops, reasonCategory)
const ratios = ({ parts }: EquipmentSums) => equipmentRatiosOfParts(parts)
const observedMs = (parts: EquipmentTimeParts): number => parts.allMs - parts.noDataMs
const operatingMs = ({ parts }: EquipmentSums): number => parts.runMs - parts.microStopMs
const repairMs = (sums: EquipmentSums): number => (reliability(sums).mttr ?? 0) * sums.parts.failures
const hours = (ms: number | null): number | null => (ms === null ? null : ms / HOUR_MS)

const OEE_FAMILY: Readonly<Record<string, FigureRule>> = {
  oee: oeeRule('oee', ['plannedMs', 'idealGoodMs'], (p) => [p.idealGoodMs, p.plannedMs]),
  availability: oeeRule('availability', ['plannedMs', 'runMs', 'downMs', 'setupMs'], (p) => [p.runMs, p.plannedMs]),
  performance: oeeRule('performance', ['runMs', 'idealMs', 'total', 'uncoveredPieces'], (p) => [p.idealMs, p.runMs]),
  'quality-rate': oeeRule('quality', ['idealMs', 'idealGoodMs', 'good', 'scrap', 'rework'], (p) => [
    p.idealGoodMs,
    p.idealMs,
  ]),
  teep: oeeRule('teep', ['allMs', 'noDataMs', 'idealGoodMs'], (p) => [p.idealGoodMs, observedMs(p)]),
  coverage: oeeRule('coverage', ['scheduledMs', 'noDataMs'], (p) => [p.scheduledMs - p.noDataMs, p.scheduledMs]),
  nee: rule(
    ['plannedMs', 'runMs', 'setupMs', 'idealGoodMs'],
    (sums) => ratios(sums).nee,
    ({ parts: p }) => time([p.runMs > 0 ? ((p.runMs + p.setupMs) * p.idealGoodMs) / p.runMs : 0, p.plannedMs]),
  ),
  ooe: rule(
    ['allMs', 'unscheduledMs', 'noDataMs', 'idealGoodMs'],
    (sums) => ratios(sums).ooe,
    ({ parts: p }) => time([p.idealGoodMs, observedMs(p) - p.unscheduledMs]),
  ),
  'performance-capped': rule(
    ['runMs', 'idealMs'],
    ({ parts }) => capped(oeeFromParts(parts).performance),
    ({ parts: p }) => time([Math.min(p.idealMs, p.runMs), p.runMs]),
  ),
}

/** Whether a figure may look at stops; those of OEE are made of parts alone. */
export const readsStops = (metric: string): boolean => !(metric in OEE_FAMILY)

const USE_OF_TIME: Readonly<Record<string, FigureRule>> = {
  'calendar-utilization': rule(
    ['allMs', 'noDataMs', 'plannedMs'],
    (sums) => ratios(sums).utilization,
    ({ parts: p }) => time([p.plannedMs, observedMs(p)]),
  ),
  'calendar-uptime': rule(
    ['allMs', 'noDataMs', 'runMs'],
    (sums) => ratios(sums).calendarUptime,
    ({ parts: p }) => time([p.runMs, observedMs(p)]),
  ),
  'setup-rate': rule(
    ['runMs', 'setupMs', 'setups'],
    (sums) => ratios(sums).setupRate,
    ({ parts: p }) => time([p.setupMs, p.runMs + p.setupMs]),
  ),
  'technical-efficiency': rule(
    ['runMs', 'downMs'],
    (sums) => ratios(sums).technicalEfficiency,
    ({ parts: p }) => time([p.runMs, p.runMs + p.downMs]),
  ),
}

const FAILURES: Readonly<Record<string, FigureRule>> = {
  mtbf: rule(
    ['runMs', 'microStopMs', 'failures'],
    (sums) => hours(reliability(sums).mtbf),
    (sums) => perEvent([operatingMs(sums), sums.parts.failures]),
  ),
  mttr: rule(
    ['downMs', 'failures'],
    (sums) => reliability(sums).mttr,
    (sums) => perEvent([repairMs(sums), sums.parts.failures]),
  ),
  'failure-rate': rule(
    ['runMs', 'microStopMs', 'failures'],
    (sums) => failureRate(sums.parts.failures, operatingMs(sums) / HOUR_MS),
    (sums) => ({
      numerator: sums.parts.failures,
      numeratorUnit: 'count',
      denominator: operatingMs(sums),
      denominatorUnit: 'ms',
    }),
  ),
  'inherent-availability': rule(
    ['runMs', 'downMs', 'failures'],
    (sums) => reliability(sums).inherentAvailability,
    (sums) => time([operatingMs(sums), operatingMs(sums) + repairMs(sums)]),
  ),
}

const YIELDS: Readonly<Record<string, FigureRule>> = {
  'first-pass-yield': rule(
    ['total', 'scrap', 'rework'],
    ({ parts: { total, scrap, rework } }) => firstPassYield({ input: total, scrap, rework }),
    ({ parts: { total, scrap, rework } }) => pieces([total - scrap - rework, total]),
  ),
  'first-time-yield': rule(
    ['total', 'scrap'],
    ({ parts: { total, scrap, rework } }) => firstTimeYield({ input: total, scrap, rework }),
    ({ parts: { total, scrap } }) => pieces([total - scrap, total]),
  ),
  'scrap-ratio': rule(
    ['total', 'scrap'],
    ({ parts }) => scrapRatio(parts.scrap, parts.total),
    ({ parts }) => pieces([parts.scrap, parts.total]),
  ),
  'rework-ratio': rule(
    ['total', 'rework'],
    ({ parts }) => reworkRatio(parts.rework, parts.total),
    ({ parts }) => pieces([parts.rework, parts.total]),
  ),
}

/** The figures that the sums of equipment time answer, by id of the metric dictionary. */
export const EQUIPMENT_FIGURES: Readonly<Record<string, FigureRule>> = {
  ...OEE_FAMILY,
  ...USE_OF_TIME,
  ...FAILURES,
  ...YIELDS,
}
