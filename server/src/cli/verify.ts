/**
 * `gemba verify`: asks the platform by its public API and compares with the ledger: every unit, every finished shift and
 * the running one up to ten seconds ago. Times must agree to 1 ms and counts exactly; where the platform itself says that
 * it does not know a stretch (`noData`), that stretch is left out on both sides and nothing else.
 */
import type { CatalogDocument, SiteDefinition } from '@gemba/contracts/catalog'
import type { OeeAnswer } from '@gemba/contracts/kpi'
import { shiftInstances, type ShiftInstance } from '@gemba/engine/time/calendar'
import { type Ledger, readLedger } from './ledger.ts'
import { type Span, type UnitTruth, countsIn, prepareUnit, truthOf } from './ledger-truth.ts'
import { PlatformClient } from './platform-client.ts'
import { verifyOrders } from './verify-orders.ts'
import { verifySupply } from './verify-supply.ts'
import { verifyQuality } from './verify-quality.ts'
import { verifyUpkeep } from './verify-upkeep.ts'

export interface VerifyOptions {
  url: string
  user: string
  password: string
  ledger: string
  fromAt?: number
  toAt?: number
  nowAt: number
  /** How long facts that are still on their way are waited for. */
  patienceMs?: number
  print: (line: string) => void
}

export interface VerifyResult {
  passed: number
  failed: number
}

/** What is still being delivered and computed is not judged. */
const SETTLE_MS = 10_000
const TIME_TOLERANCE_MS = 1
const DEFAULT_THRESHOLD_MS = 120_000
const PARALLEL = 6

interface Check {
  unit: string
  shift: ShiftInstance
  window: Span
  running: boolean
}

const COUNTS = ['total', 'good', 'scrap', 'rework'] as const

function checksOf(catalog: CatalogDocument, ledger: Ledger, options: VerifyOptions): Check[] {
  const from = Math.max(ledger.fromAt, options.fromAt ?? -Infinity)
  const to = Math.min(options.toAt ?? Infinity, options.nowAt - SETTLE_MS, ledger.toAt)
  const checks: Check[] = []
  for (const unit of [...ledger.units.keys()].sort()) {
    const site = catalog.sites.find((candidate) => candidate.id === unit.split('/')[0])
    const equipment = catalog.equipment.find((candidate) => candidate.path === unit)
    if (!site || equipment?.level !== 'work-unit') continue
    checks.push(...shiftChecks(unit, site, { fromAt: from, toAt: to }))
  }
  return checks
}

function shiftChecks(unit: string, site: SiteDefinition, range: Span): Check[] {
  if (range.toAt <= range.fromAt) return []
  return shiftInstances(site, range)
    .filter((shift) => shift.fromAt >= range.fromAt && shift.fromAt < range.toAt)
    .map((shift) => {
      const running = shift.toAt > range.toAt
      return { unit, shift, running, window: { fromAt: shift.fromAt, toAt: running ? range.toAt : shift.toAt } }
    })
}

/** Compares one shift of one unit; gives the list of differences. */
function compareTimes(answer: OeeAnswer, truth: UnitTruth, window: Span): string[] {
  const expected = truthOf(truth, window, answer.noData)
  const differences: string[] = []
  const judge = (name: string, got: number, wanted: number) => {
    if (Math.abs(got - wanted) > TIME_TOLERANCE_MS)
      differences.push(`${name} ${got} ms, ledger ${wanted} ms (${got - wanted > 0 ? '+' : ''}${got - wanted})`)
  }
  judge('planned', answer.parts.plannedMs, expected.plannedMs)
  judge('setup', answer.parts.setupMs, expected.setupMs)
  const classMayDiffer = expected.stopNearGap || expected.openStop
  if (classMayDiffer) {
    judge('stops', answer.parts.downMs + answer.parts.microStopMs, expected.downMs + expected.microStopMs)
  } else {
    judge('down', answer.parts.downMs, expected.downMs)
    judge('micro-stops', answer.parts.microStopMs, expected.microStopMs)
    judge('run', answer.parts.runMs, expected.runMs)
  }
  return differences
}

/** Pieces made inside an unknown stretch are seen when it ends, so a window that ends unknown is judged with the next one. */
function endsUnknown(answer: OeeAnswer, window: Span): boolean {
  return answer.noData.some((hole) => hole.toAt >= window.toAt - 1)
}

function compareCounts(truth: UnitTruth, window: Span, counted: Record<(typeof COUNTS)[number], number>): string[] {
  const expected = countsIn(truth.unit, window)
  return COUNTS.filter((name) => counted[name] !== expected[name]).map(
    (name) => `${name} ${counted[name]}, ledger ${expected[name]}`,
  )
}

async function inParallel<In, Out>(items: readonly In[], run: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next
      next += 1
      results[index] = await run(items[index] as In)
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker))
  return results
}

function report(check: Check, differences: string[], options: VerifyOptions): boolean {
  const name = `${check.unit} ${check.shift.productionDate} ${check.shift.code}${check.running ? ' (running)' : ''}`
  if (differences.length === 0) return true
  options.print(`FAIL ${name}: ${differences.join('; ')}`)
  return false
}

async function verifyUnit(
  checks: Check[],
  client: PlatformClient,
  truth: UnitTruth,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const answers = await inParallel(checks, (check) => client.oee(check.unit, check.window))
  const result = { passed: 0, failed: 0 }
  let open: { fromAt: number; counted: Record<(typeof COUNTS)[number], number> } | null = null
  let unknownMs = 0
  checks.forEach((check, index) => {
    const answer = answers[index] as OeeAnswer
    unknownMs += answer.noData.reduce((sum, hole) => sum + hole.toAt - hole.fromAt, 0)
    const differences = compareTimes(answer, truth, check.window)
    const carried: { fromAt: number; counted: Record<(typeof COUNTS)[number], number> } | null = open
    const counted = { ...answer.parts }
    if (carried) for (const name of COUNTS) counted[name] += carried.counted[name]
    const window = { fromAt: carried?.fromAt ?? check.window.fromAt, toAt: check.window.toAt }
    open = endsUnknown(answer, check.window) ? { fromAt: window.fromAt, counted } : null
    if (!open) differences.push(...compareCounts(truth, window, counted))
    if (report(check, differences, options)) result.passed += 1
    else result.failed += 1
  })
  options.print(
    `${checks[0]?.unit ?? ''}: ${result.passed} shifts agree, ${result.failed} differ; unknown ${(unknownMs / 1000).toFixed(1)} s`,
  )
  return result
}

export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const client = new PlatformClient(options.url)
  await client.signIn(options.user, options.password)
  const catalog = await client.catalog()
  const ledger = await readLedger(options.ledger)
  const checks = checksOf(catalog, ledger, options)
  const result = { passed: 0, failed: 0 }
  for (const unit of new Set(checks.map((check) => check.unit))) {
    const entry = ledger.units.get(unit)
    if (!entry) continue
    const thresholdMs =
      catalog.equipment.find((candidate) => candidate.path === unit)?.microStopThresholdMs ?? DEFAULT_THRESHOLD_MS
    const truth = prepareUnit(entry, ledger.toAt, thresholdMs)
    const own = checks.filter((check) => check.unit === unit)
    const { passed, failed } = await verifyUnit(own, client, truth, options)
    result.passed += passed
    result.failed += failed
  }
  const orders = await verifyOrders(client, catalog, ledger, options)
  const goods = await verifySupply(client, catalog, options)
  const quality = await verifyQuality(client, ledger, options)
  const upkeep = await verifyUpkeep(client, ledger, options)
  const parts = [result, orders, goods, quality, upkeep]
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failed: parts.reduce((sum, part) => sum + part.failed, 0),
  }
}
