import { Injectable } from '@nestjs/common'
import type { KpiQuery } from '@gemba/contracts/kpi'
import type { InspectionCharacteristic } from '@gemba/contracts/quality-record'
import type { SpcAnswer, SpcCapability, SpcListAnswer, SpcPoint } from '@gemba/contracts/spc'
import type { TimeRange } from '@gemba/contracts/time'
import {
  type ChartBaseline,
  type PointLimits,
  type SubgroupSummary,
  freezeBaseline,
  sigmaOf,
} from '@gemba/engine/kpi/chart-baseline'
import { type ChartPoint, judgeChart } from '@gemba/engine/kpi/chart-judgement'
import { LEAST_VALUES_FOR_TAILS, capabilityStudyOfSums, ppkOfPercentiles } from '@gemba/engine/kpi/capability-study'
import { ewmaChart } from '@gemba/engine/kpi/ewma'
import { individualsChart, mean } from '@gemba/engine/kpi/control-chart'
import { andersonDarling } from '@gemba/engine/kpi/normality'
import type { RunRule } from '@gemba/engine/kpi/run-rules'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { type InspectionRights, inspectionRights } from './quality-rights.ts'
import { SpcRows, type SubgroupRow, type ValueSums } from './quality-spc-rows.service.ts'

export interface SpcQuestion {
  range: TimeRange
  /** Absent = the default rules of the chart. */
  rules?: readonly RunRule[]
  /** Most points of the answer, the newest; all are judged. */
  limit: number
  lambda: number
  explain: boolean
  /** All versions of the characteristic, the oldest first, where they have been read already. */
  definitions?: readonly InspectionCharacteristic[] | undefined
}

/** A characteristic as one principal may see it. */
export interface OpenedCharacteristic {
  equipment: string
  /** Why its charts may rest on fewer than all rows; null = all. */
  limitedBy: string[] | null
  chart(question: SpcQuestion): Promise<SpcAnswer>
}

interface Version {
  definition: InspectionCharacteristic
  baseline: ChartBaseline | null
}

/** The longest pattern takes fifteen points. */
const LOOK_BACK = 20
const MOST_VIOLATIONS = 1_000
const unknownCharacteristic = (characteristic: string): Fault =>
  new Fault('CHARACTERISTIC_UNKNOWN', { characteristic: characteristic.slice(0, 100) })
const text = (at: number): string => new Date(at).toISOString()

/** Control charts, their signals and capability; subgroups are summed in the warehouse and judged by the engine. */
@Injectable()
export class SpcService {
  private readonly rows: SpcRows

  constructor(rows: SpcRows) {
    this.rows = rows
  }

  /** The same charts as they were known at an instant, ms. */
  asKnown(knownAt: number | undefined): SpcService {
    return new SpcService(this.rows.asKnown(knownAt))
  }

  /** CHARACTERISTIC_UNKNOWN for one that is not there, or not for the principal. */
  async opened(characteristic: string, principal: Principal): Promise<OpenedCharacteristic> {
    const rights = inspectionRights(principal)
    const definitions = await this.rows.versions(characteristic, rights)
    const newest = definitions.at(-1)
    if (newest === undefined) throw unknownCharacteristic(characteristic)
    return {
      equipment: newest.equipment,
      limitedBy: rights.limitedAt(newest.equipment),
      chart: (question) => this.chart(characteristic, { ...question, definitions }, rights),
    }
  }

  /** Versions of the characteristics of an equipment and what lies below it. */
  async definitions(equipment: string, scope: InspectionRights): Promise<Map<string, InspectionCharacteristic[]>> {
    return Map.groupBy(await this.rows.under(equipment, scope), ({ characteristic }) => characteristic)
  }

  async list(equipment: string | null, scope: InspectionRights): Promise<SpcListAnswer> {
    const newest = new Map<string, InspectionCharacteristic>()
    for (const each of await this.rows.under(equipment, scope)) newest.set(each.characteristic, each)
    return {
      characteristics: [...newest.values()].map(
        ({ characteristic, name, equipment: unit, material, chart, unit: of }) => ({
          characteristic,
          name,
          equipment: unit,
          material,
          chart,
          unit: of,
        }),
      ),
    }
  }

  async chart(characteristic: string, question: SpcQuestion, scope: InspectionRights): Promise<SpcAnswer> {
    const startedAt = performance.now()
    const { range } = question
    const definitions = question.definitions ?? (await this.rows.versions(characteristic, scope))
    const newest = definitions.findLast((each) => each.effectiveAt < range.toAt) ?? definitions[0]
    if (!newest) throw unknownCharacteristic(characteristic)
    const versions = await Promise.all(definitions.map((each) => this.frozen(each)))
    const sinceAt = await this.rows.before(characteristic, range.fromAt, LOOK_BACK)
    const [found, sums] = await Promise.all([
      this.rows.subgroups(characteristic, newest.chart, { fromAt: sinceAt, toAt: range.toAt }),
      this.rows.sums(characteristic, range),
    ])
    const judged = judge(found, versions, question.rules)
    const first = found.findIndex(({ at }) => at >= range.fromAt)
    const shown = first < 0 ? [] : judged.slice(first)
    const newestPoints = shown.slice(-question.limit)
    const { name, equipment, material, chart, unit, lsl, usl, target } = newest
    return {
      ...{ characteristic, name, equipment, material, chart, unit, specification: { lsl, usl, target } },
      fromAt: text(range.fromAt),
      toAt: text(range.toAt),
      subgroups: shown.length,
      missed: shown.filter(({ point }) => point.value === null).length,
      versions: versions.map(versionOf),
      points: newestPoints.map(pointOf),
      truncated: newestPoints.length < shown.length ? { shown: newestPoints.length, of: shown.length } : null,
      ...signalsOf(shown),
      ewma: ewmaOf(judged, newestPoints.length, {
        baseline: baselineAt(versions, range.toAt - 1),
        lambda: question.lambda,
      }),
      capability: await this.capability(versions, range, { judged: shown, sums }),
      sourceTime: sums.sourceAt === null ? null : text(sums.sourceAt),
      receivedTime: sums.receivedAt === null ? null : text(sums.receivedAt),
      elapsedMs: performance.now() - startedAt,
      explain: question.explain ? { queries: [resultsQuery(characteristic, range)] } : null,
    }
  }

  /** Limits of one version: given, or made of the results of its baseline. */
  private async frozen(definition: InspectionCharacteristic): Promise<Version> {
    const { chart, version, center, sigma, baselineFromAt, baselineToAt, characteristic } = definition
    if (center !== null) return { definition, baseline: { kind: chart, version, center, sigma, samples: 0 } }
    if (baselineFromAt === null || baselineToAt === null) return { definition, baseline: null }
    const rows = await this.rows.subgroups(characteristic, chart, { fromAt: baselineFromAt, toAt: baselineToAt })
    return {
      definition,
      baseline: freezeBaseline(
        chart,
        version,
        rows.map(({ sample }) => sample),
      ),
    }
  }

  /** Of what was measured under the specification in force at the end of the stretch; null for counts and without limits. */
  private async capability(
    versions: readonly Version[],
    range: TimeRange,
    found: { judged: readonly JudgedRow[]; sums: ValueSums },
  ): Promise<SpcCapability | null> {
    const inForce = versions.filter(({ definition }) => definition.effectiveAt < range.toAt)
    const last = inForce.at(-1)?.definition
    if (!last || (last.lsl === null && last.usl === null) || found.judged.length === 0) return null
    const otherAt = inForce.findLastIndex(
      ({ definition: each }) => each.lsl !== last.lsl || each.usl !== last.usl || each.target !== last.target,
    )
    const fromAt = Math.max(range.fromAt, inForce[otherAt + 1]?.definition.effectiveAt ?? range.fromAt)
    const own = { fromAt: otherAt < 0 ? range.fromAt : fromAt, toAt: range.toAt }
    const judged = found.judged.filter(({ row }) => row.at >= own.fromAt)
    const { characteristic, lsl, usl, target } = last
    const sums = own.fromAt === range.fromAt ? found.sums : await this.rows.sums(characteristic, own)
    const some = await this.rows.someValues(characteristic, own, sums.values)
    const summaries = judged.map(({ row }) => summaryOf(row)).filter((each) => each !== null)
    const isJudged = judged.some(({ point }) => point.limits !== null)
    const sigmaWithin = withinOf(judged)
    const study = capabilityStudyOfSums({
      ...{ mean: sums.mean, sigmaWithin, sigmaOverall: sums.deviation, lsl, usl, target },
      isStable: isJudged ? judged.every(({ point }) => point.rules.length === 0 && !point.isSpreadBeyond) : null,
      values: sums.values,
      subgroups: summaries.length,
      normality: andersonDarling(some),
      percentilePpk:
        sums.percentiles && sums.values >= LEAST_VALUES_FOR_TAILS
          ? ppkOfPercentiles(sums.percentiles, { lsl, usl })
          : null,
    })
    const { cp, cpl, cpu, cpk, pp, ppk, cpkInterval, ppkInterval, percentilePpk, normality, cautions } = study
    return {
      fromAt: text(own.fromAt),
      ...{ mean: sums.mean, sigmaWithin, sigmaOverall: sums.deviation },
      ...{ cp, cpl, cpu, cpk, pp, ppk, cpkInterval, ppkInterval, percentilePpk },
      values: study.values,
      subgroups: study.subgroups,
      normality,
      normalityValues: some.length,
      cautions,
    }
  }
}

interface JudgedRow {
  row: SubgroupRow
  point: ChartPoint
}

const baselineAt = (versions: readonly Version[], at: number): ChartBaseline | null =>
  versions.findLast(({ definition }) => definition.effectiveAt <= at)?.baseline ?? null

function judge(
  rows: readonly SubgroupRow[],
  versions: readonly Version[],
  rules: readonly RunRule[] | undefined,
): JudgedRow[] {
  const samples = rows.map(({ sample, at }) => ({ sample, baseline: baselineAt(versions, at) }))
  const points = judgeChart(samples, rules)
  return rows.map((row, index) => ({ row, point: points[index] as ChartPoint }))
}

const summaryOf = ({ sample }: SubgroupRow): SubgroupSummary | null =>
  sample !== null && 'summary' in sample ? sample.summary : null

/** Short-term deviation: of the ranges of subgroups, or of the moving range of single values. */
function withinOf(judged: readonly JudgedRow[]): number | null {
  const summaries = judged.map(({ row }) => summaryOf(row))
  const groups = summaries.filter((each) => each !== null)
  if (groups.length === 0) return null
  if (groups.every(({ size }) => size === 1))
    return individualsChart(groups.map((each) => each.mean))?.sigmaWithin ?? null
  return mean(groups.filter(({ size }) => size >= 2).map((each) => sigmaOf(each, 'range')))
}

function signalsOf(judged: readonly JudgedRow[]): Pick<SpcAnswer, 'signals' | 'violatingPoints' | 'violations'> {
  const signals: Record<string, number> = {}
  const violations: SpcAnswer['violations'] = []
  let violatingPoints = 0
  for (const { row, point } of judged) {
    for (const rule of point.rules) signals[rule] = (signals[rule] ?? 0) + 1
    if (point.isSpreadBeyond) signals['spread'] = (signals['spread'] ?? 0) + 1
    if (point.rules.length === 0 && !point.isSpreadBeyond) continue
    violatingPoints += 1
    if (violations.length >= MOST_VIOLATIONS) continue
    const { rules, isSpreadBeyond } = point
    violations.push({ subgroup: row.subgroup, at: text(row.at), rules, isSpreadBeyond })
  }
  return { signals, violatingPoints, violations }
}

function ewmaOf(
  judged: readonly JudgedRow[],
  shown: number,
  { baseline, lambda }: { baseline: ChartBaseline | null; lambda: number },
): SpcAnswer['ewma'] {
  if (!baseline || baseline.sigma === null) return null
  const size = judged.find(({ row }) => row.sample !== null)?.row.size ?? 1
  // Of means: their deviation is that of single values over the root of the size.
  const settings = { lambda, sigma: baseline.sigma / Math.sqrt(Math.max(1, size)), target: baseline.center }
  const { lcl, ucl, ewma } = ewmaChart(
    judged.map(({ point }) => point.value),
    settings,
  )
  return { lambda, target: baseline.center, lcl, ucl, values: shown === 0 ? [] : ewma.slice(-shown) }
}

const versionOf = ({ definition, baseline }: Version): SpcAnswer['versions'][number] => ({
  version: definition.version,
  effectiveAt: text(definition.effectiveAt),
  basis: definition.center === null ? 'baseline' : 'given',
  center: baseline?.center ?? null,
  sigma: baseline?.sigma ?? null,
  samples: baseline?.samples ?? 0,
})

const limitsOf = (limits: PointLimits | null): SpcPoint['limits'] =>
  limits && { center: limits.center, lcl: limits.lcl, ucl: limits.ucl }

const pointOf = ({ row, point }: JudgedRow): SpcPoint => ({
  subgroup: row.subgroup,
  at: text(row.at),
  size: row.size,
  value: point.value,
  limits: limitsOf(point.limits),
  spread: point.spread,
  spreadLimits: limitsOf(point.spreadLimits),
  rules: point.rules,
  isSpreadBeyond: point.isSpreadBeyond,
  version: point.version,
})

/** Lists the results behind a chart. */
export const resultsQuery = (characteristic: string, range: TimeRange): KpiQuery => ({
  rows: 'inspection-results',
  sql: 'SELECT * FROM inspection_result FINAL WHERE characteristic = {characteristic:String} AND measured_at >= fromUnixTimestamp64Milli({fromAt:Int64}) AND measured_at < fromUnixTimestamp64Milli({toAt:Int64}) ORDER BY measured_at, subgroup, sample',
  parameters: { characteristic, ...range },
})
