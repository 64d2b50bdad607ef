/** Compares lots, charts, defects and tests of the platform with the ledger: planted facts K1–K6, K9–K11. */
import { kpiAnswer } from '@gemba/contracts/kpi'
import { massBalanceAnswer, narrowingAnswer, recallAnswer, traceAnswer } from '@gemba/contracts/trace'
import { type Ledger, type LedgerLine, readLedger } from './ledger.ts'
import type { PlatformClient } from './platform-client.ts'
import {
  VERIFIED_RULES,
  type ChartTruth,
  chartOf,
  chartTruth,
  compareRules,
  comparePoints,
  limitsOfFive,
} from './verify-charts.ts'
import type { VerifyOptions, VerifyResult } from './verify.ts'

/** Facts younger than this may still be on their way from the MES. */
const SETTLE_MS = 60_000
/** A backlog of history takes its time through the collector. */
const PATIENCE_MS = 180_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const SUSPECT = 'RM-PP-0007'
const WEIGHT = 'IM02-WEIGHT'
const BASELINE = 100
const CP = 0.1 / (6 * 0.012)
const PARETO = { flash: 0.4, 'short-shot': 0.25, bubbles: 0.15, colour: 0.12, other: 0.08 }

interface Case {
  client: PlatformClient
  ledger: Ledger
  file: string
  range: { fromAt: number; toAt: number }
  patienceMs: number
}
/** Differences; null = nothing planted in this stretch. */
type Check = (given: Case) => Promise<string[] | null>

const lines = (ledger: Ledger, kind: string): LedgerLine[] => ledger.quality.get(kind) ?? []
const text = (value: unknown): string => String(value)
const until = (all: readonly LedgerLine[], at: number): LedgerLine[] => all.filter((line) => Number(line['t']) <= at)
const off = (name: string, got: unknown, wanted: unknown): string[] =>
  got === wanted ? [] : [`${name} ${text(got)}, ledger ${text(wanted)}`]
const period = ({ fromAt, toAt }: { fromAt: number; toAt: number }) => ({ from: String(fromAt), to: String(toAt) })

/** K1: subgroups, limits and capability of a stable process; as many false alarms as chance gives. */
const stableWeight: Check = async ({ client, ledger, range }) => {
  const truth = chartTruth(lines(ledger, 'subgroup'), WEIGHT, range.toAt)
  const stable = truth.filter(({ index }) => index < BASELINE)
  if (stable.length < 25) return null
  const toAt = stable.at(-1)?.at ?? range.toAt
  const answer = await chartOf(client, WEIGHT, { fromAt: range.fromAt, toAt })
  const taken = stable.filter(({ values }) => values !== null).length
  const differences = comparePoints(answer, stable)
  const { cp = null, cpk = null } = answer.capability ?? {}
  const reach = (4 * CP) / Math.sqrt(2 * 3.6 * taken)
  for (const [name, got] of [
    ['Cp', cp],
    ['Cpk', cpk],
  ] as const)
    if (got === null || Math.abs(got - CP) > reach * (name === 'Cpk' ? 1.5 : 1))
      differences.push(`${name} ${got ?? 'none'}, planted ${CP.toFixed(3)} ± ${reach.toFixed(3)}`)
  const alarms = answer.signals['WE1'] ?? 0
  if (alarms > 0.0027 * taken + 4 * Math.sqrt(0.0027 * taken) + 1)
    differences.push(`${alarms} false alarms in ${taken}`)
  return differences
}

/** K2 and K3: a shift and a drift under limits frozen from the first hundred subgroups. */
const plantedWeight: Check = async ({ client, ledger, range }) => {
  const truth = chartTruth(lines(ledger, 'subgroup'), WEIGHT, range.toAt)
  const judged = truth.filter(({ index }) => index >= BASELINE)
  if (judged.length < 35) return null
  const limits = limitsOfFive(truth.filter(({ index }) => index < BASELINE))
  const answer = await chartOf(client, WEIGHT, { ...range, rules: VERIFIED_RULES })
  const differences = comparePoints(answer, truth)
  const frozen = answer.versions.find(({ version }) => version === 'v2')
  if (Math.abs((frozen?.center ?? Infinity) - limits.center) > 1e-9)
    differences.push(`centre ${frozen?.center ?? 'none'}, ledger ${limits.center}`)
  const { differences: other, fired } = compareRules(answer, judged, limits)
  const seen = (from: number, to: number): boolean =>
    [...fired.values()].flat().some((index) => index >= from && index < to)
  if (judged.length >= 40 && !seen(120, 132)) differences.push('the planted shift fires no rule')
  if (judged.length >= 80 && !seen(160, 176)) differences.push('the planted drift fires no rule')
  return [...differences, ...other]
}

/** K4: a mixture of two cavities, and the one that hugs the middle. */
const mixtures: Check = async ({ client, ledger, range }) => {
  const differences: string[] = []
  let judged = 0
  for (const [characteristic, rule, sigma] of [
    ['IM03-HUB', 'N8', 0.02],
    ['IM04-HUB', 'N7', (0.02 * 1.3) / 2],
  ] as const) {
    const truth = chartTruth(lines(ledger, 'subgroup'), characteristic, range.toAt)
    if (truth.length < 40) continue
    judged += 1
    const answer = await chartOf(client, characteristic, { ...range, rules: VERIFIED_RULES })
    const { differences: own, fired } = compareRules(answer, truth, { center: 8, sigma })
    differences.push(...comparePoints(answer, truth), ...own)
    if (!fired.has(rule) || !answer.signals[rule]) differences.push(`${characteristic}: ${rule} does not fire`)
  }
  return judged === 0 ? null : differences
}

/** K5: a leak rate with an upper limit only, skewed. */
const leakRate: Check = async ({ client, ledger, range }) => {
  const truth: ChartTruth[] = chartTruth(lines(ledger, 'subgroup'), 'A1-LEAK', range.toAt)
  if (truth.length < 100) return null
  const answer = await chartOf(client, 'A1-LEAK', range)
  const { cp, cautions = [], values = 0 } = answer.capability ?? {}
  return [
    ...comparePoints(answer, truth),
    ...off('Cp', cp, null),
    ...off('values', values, truth.filter((each) => each.values !== null).length),
    ...['one-sided', 'not-normal'].flatMap((caution) => off(caution, cautions.includes(caution as never), true)),
  ]
}

/** K6: scrap of moulding by defect. */
const scrapPareto: Check = async ({ client, ledger, range }) => {
  const found = new Map<string, number>()
  for (const line of until(lines(ledger, 'defect'), range.toAt)) {
    if (!text(line['unit']).startsWith('IM') || line['disposition'] !== 'scrap') continue
    found.set(text(line['defect']), (found.get(text(line['defect'])) ?? 0) + Number(line['quantity']))
  }
  const all = [...found.values()].reduce((sum, quantity) => sum + quantity, 0)
  if (all < 100) return null
  const answer = await client.ask(
    '/api/kpi/pareto',
    { equipment: 'SUZ/MOLD', group: 'reason', ...period({ ...range, toAt: range.toAt + 1 }) },
    kpiAnswer,
  )
  const got = new Map(answer.groups.map(({ key, parts }) => [key, parts['defects'] ?? 0]))
  const differences = [...found].flatMap(([defect, quantity]) => off(defect, got.get(defect), quantity))
  for (const [defect, share] of Object.entries(PARETO))
    if (Math.abs((got.get(defect) ?? 0) / all - share) > 5 / Math.sqrt(all))
      differences.push(`${defect} is not ${share} of ${all}`)
  return differences
}

/** Everything made of a lot, walked in the plainest way. */
function madeOf(edges: readonly LedgerLine[], lot: string): Set<string> {
  const outputs = Map.groupBy(edges, (edge) => text(edge['input']))
  const reached = new Set([lot])
  for (const each of reached) for (const edge of outputs.get(each) ?? []) reached.add(text(edge['output']))
  return reached
}

/** K9: exactly what the suspect resin went into, who received it, and the kilogram that nobody wrote down. */
const recall: Check = async ({ client, ledger, file, range }) => {
  const before = madeOf(until(lines(ledger, 'edge'), range.toAt), SUSPECT)
  if (before.size < 2) return null
  const answer = await client.ask('/api/trace/recall', { lots: SUSPECT, limit: '100000' }, recallAnswer)
  const later = await readLedger(file)
  const after = madeOf(lines(later, 'edge'), SUSPECT)
  const got = new Set(answer.lots)
  const differences = [
    ...[...before].filter((lot) => !got.has(lot)).map((lot) => `${lot} is affected and not found`),
    ...[...got].filter((lot) => !after.has(lot)).map((lot) => `${lot} is found and not affected`),
  ]
  const shipped = (all: readonly LedgerLine[], lots: ReadonlySet<string>) => {
    const own = all.filter((line) => line['kind'] === 'shipment' && lots.has(text(line['lot'])))
    return Map.groupBy(own, (line) => text(line['place']))
  }
  const settled = shipped(until(lines(ledger, 'lot-movement'), range.toAt), before)
  const now = shipped(lines(later, 'lot-movement'), after)
  for (const [customer, moved] of settled) {
    if ((now.get(customer) ?? []).length !== moved.length) continue
    const quantity = moved.reduce((sum, line) => sum + Number(line['quantity']), 0)
    const found = answer.shippedByCustomer.find(({ place }) => place === customer)?.quantity
    differences.push(...off(`shipped to ${customer}`, found, quantity))
  }
  const lost = until(lines(ledger, 'unrecorded'), range.toAt).find((line) => line['lot'] === SUSPECT)
  if (lost) {
    const balance = await client.ask('/api/trace/balance', { lot: SUSPECT }, massBalanceAnswer)
    differences.push(...off('unaccounted', balance.unaccounted, Number(lost['quantity'])))
  }
  return differences.slice(0, 8)
}

/** Lots that were closed long ago balance to the piece. */
const balances: Check = async ({ client, ledger, range }) => {
  const closed = until(lines(ledger, 'lot'), range.toAt - 3_600_000).filter((line) => line['stage'] === 'moulded')
  const lots = [...new Set(closed.map((line) => text(line['lot'])))].slice(0, 12)
  if (lots.length === 0) return null
  const differences: string[] = []
  for (const lot of lots) {
    const { unaccounted } = await client.ask('/api/trace/balance', { lot }, massBalanceAnswer)
    differences.push(...off(`unaccounted of ${lot}`, unaccounted, 0))
  }
  return differences
}

/** K10: one order, two lots of one resin; the machine's own counts part its pieces. */
const hopperChange: Check = async ({ client, ledger, range }) => {
  const found = until(lines(ledger, 'hopper'), range.toAt).filter((line) => line['isPlanted'] === true)
  if (found.length < 2) return null
  const lot = text(found[0]?.['lot'])
  const [first, second] = found
  const component = text(first?.['input']).slice(0, -5)
  const answer = await client.ask('/api/trace/narrowing', { lot, component }, narrowingAnswer)
  return [first, second].flatMap((load) => {
    const got = answer.inputs.find((input) => input.lot === load?.['input'])?.pieces
    return off(`pieces of ${text(load?.['input'])}`, got, Number(load?.['pieces']))
  })
}

/** K11: serials count once, by their first pass, and a rework loop ends. */
const reworkLoop: Check = async ({ client, ledger, range }) => {
  const passes = until(lines(ledger, 'test'), range.toAt)
  const first = passes.filter((line) => line['pass'] === 1)
  if (first.length < 20) return null
  const answer = await client.ask(
    '/api/kpi/first-pass-units',
    { equipment: 'BRQ', ...period({ ...range, toAt: range.toAt + 1 }) },
    kpiAnswer,
  )
  const differences = [
    ...off('serials', answer.total.parts['input'], first.length),
    ...off(
      'right the first time',
      answer.total.parts['good'],
      first.filter((line) => line['result'] === 'good').length,
    ),
  ]
  const reworked = passes.find((line) => line['result'] === 'rework')
  if (!reworked) return differences
  const trace = await client.ask('/api/trace', { lot: text(reworked['serial']), direction: 'where-from' }, traceAnswer)
  const loop = trace.lots.some(({ lot }) => lot.startsWith(`RW-${text(reworked['serial'])}`))
  return [...differences, ...off('rework in the trace', loop, true), ...off('cut', trace.truncated, null)]
}

/** Decisions on inspected lots, each on the day on which it was taken, whenever it was entered. */
const decisions: Check = async ({ client, ledger, range }) => {
  const taken = until(lines(ledger, 'inspection'), range.toAt)
  if (taken.length === 0) return null
  const differences: string[] = []
  for (let fromAt = range.fromAt; fromAt < range.toAt; fromAt += DAY_MS) {
    const day = { fromAt, toAt: Math.min(fromAt + DAY_MS, range.toAt + 1) }
    const own = taken.filter((line) => Number(line['t']) >= day.fromAt && Number(line['t']) < day.toAt)
    const sum = (name: string): number => own.reduce((total, line) => total + Number(line[name]), 0)
    const got = { accepted: 0, decided: 0 }
    for (const equipment of ['SUZ', 'BRQ']) {
      const query = { equipment, ...period(day) }
      const { parts } = (await client.ask('/api/kpi/inspection-quantity-pass-rate', query, kpiAnswer)).total
      got.accepted += parts['accepted'] ?? 0
      got.decided += parts['decided'] ?? 0
    }
    const on = new Date(fromAt).toISOString()
    differences.push(
      ...off(`inspected from ${on}`, got.decided, sum('inspected')),
      ...off(`accepted from ${on}`, got.accepted, sum('accepted')),
    )
  }
  return differences.slice(0, 8)
}

/** Stops as they were entered by hand, by reason: each instant counts once. */
const enteredStops: Check = async ({ client, ledger, range }) => {
  // Who enters a stop does so when it is over: the last hours may lack one.
  const toAt = range.toAt - 6 * HOUR_MS
  const stops = lines(ledger, 'entered-stop').filter((line) => Number(line['fromAt']) < toAt)
  if (stops.length === 0) return null
  const byReason = new Map<string, number>()
  for (const stop of stops) {
    const ms = Math.min(Number(stop['toAt']), toAt) - Math.max(Number(stop['fromAt']), range.fromAt)
    // Nobody need give a reason.
    const reason = text(stop['reason'] ?? '')
    byReason.set(reason, (byReason.get(reason) ?? 0) + ms)
  }
  const query = { equipment: 'BRQ', group: 'reason', ...period({ fromAt: range.fromAt, toAt }) }
  const answer = await client.ask('/api/kpi/entered-stop-time', query, kpiAnswer)
  const all = [...byReason.values()].reduce((sum, ms) => sum + ms, 0)
  const got = new Map(answer.groups.map(({ key, value }) => [key, value]))
  return [
    ...off('ms', answer.total.value, all),
    ...[...byReason].flatMap(([reason, ms]) => off(reason, got.get(reason), ms)),
    ...off('reasons', got.size, byReason.size),
  ]
}

const CHECKS: Readonly<Record<string, Check>> = {
  'K1 stable part weight': stableWeight,
  'K2 K3 shift and drift': plantedWeight,
  'K4 mixtures': mixtures,
  'K5 leak rate': leakRate,
  'K6 scrap by defect': scrapPareto,
  'inspection decisions': decisions,
  'entered stops': enteredStops,
  'K9 recall': recall,
  'mass balance of lots': balances,
  'K10 hopper change': hopperChange,
  'K11 rework loop': reworkLoop,
}

/** Asks again while facts of the past are still coming in. */
async function eventually(check: Check, given: Case): Promise<string[] | null> {
  const giveUpAt = performance.now() + given.patienceMs
  for (;;) {
    let found: string[] | null
    try {
      found = await check(given)
    } catch (error) {
      found = [error instanceof Error ? error.message : String(error)]
    }
    if (found === null || found.length === 0 || performance.now() > giveUpAt) return found
    await new Promise((resolve) => setTimeout(resolve, 3_000))
  }
}

export async function verifyQuality(
  client: PlatformClient,
  ledger: Ledger,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const result = { passed: 0, failed: 0 }
  if (ledger.quality.size === 0) return result
  const toAt = Math.min(ledger.toAt, options.nowAt - SETTLE_MS)
  const given = {
    client,
    ledger,
    file: options.ledger,
    range: { fromAt: ledger.fromAt, toAt },
    patienceMs: options.patienceMs ?? PATIENCE_MS,
  }
  for (const [name, check] of Object.entries(CHECKS)) {
    const differences = await eventually(check, given)
    if (differences === null) options.print(`${name}: not planted in this stretch`)
    else if (differences.length === 0) result.passed += 1
    else {
      result.failed += 1
      options.print(`FAIL ${name}: ${differences.join('; ')}`)
    }
  }
  options.print(`quality: ${result.passed} facts agree, ${result.failed} differ`)
  return result
}
