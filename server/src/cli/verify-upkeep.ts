/**
 * Compares energy, alarms and maintenance of the platform with the ledger: energy of every ended shift to the resolution
 * of the meter, alarms exactly, stamps of repairs to the millisecond.
 */
import { type KpiAnswer, kpiAnswer } from '@gemba/contracts/kpi'
import { type Ledger, type LedgerLine, type LedgerMeter, readLedger } from './ledger.ts'
import type { PlatformClient } from './platform-client.ts'
import type { VerifyOptions, VerifyResult } from './verify.ts'

/** Facts younger than this may still be on their way. */
const SETTLE_MS = 60_000
const PATIENCE_MS = 180_000
/** What the registers show; each end of a stretch may be off by one step. */
const RESOLUTION_KWH = 0.001
const ROUNDING_KWH = 1e-5

interface Case {
  client: PlatformClient
  ledger: Ledger
  range: { fromAt: number; toAt: number }
}
type Check = (given: Case) => Promise<string[] | null>

const text = (value: unknown): string => String(value)
const off = (
  name: string,
  got: number | null | undefined,
  wanted: { is: number | null; within?: number },
): string[] => {
  const { is, within = 0 } = wanted
  const isNear = is === null || got === null || got === undefined ? got === is : Math.abs(got - is) <= within
  return isNear ? [] : [`${name} ${text(got ?? 'none')}, ledger ${text(is ?? 'none')}`]
}

function ask(given: Case, metric: string, more: Record<string, string>): Promise<KpiAnswer> {
  const { client, range } = given
  const query = { from: text(range.fromAt), to: text(range.toAt), ...more }
  return client.ask(`/api/kpi/${metric}`, query, kpiAnswer)
}

/** What was really drawn up to an instant, from the lines around it. */
function drawnAt(lines: readonly LedgerMeter[], at: number): number {
  let low = 0
  let high = lines.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle]?.at ?? Infinity) <= at) low = middle + 1
    else high = middle
  }
  const [before, after] = [lines[low - 1], lines[low]]
  if (!before) return lines[0]?.kwh ?? 0
  if (!after) return before.kwh
  return before.kwh + ((after.kwh - before.kwh) * (at - before.at)) / (after.at - before.at)
}

const BUSY = new Set(['RUN', 'SETUP'])

/** Energy that was drawn neither running nor setting up, and how many changes of state cut it. */
function idleOf(ledger: Ledger, unit: string, window: { fromAt: number; toAt: number }): { kwh: number; cuts: number } {
  const states = ledger.units.get(unit)?.states ?? []
  const meter = ledger.meters.get(unit) ?? []
  let kwh = 0
  let cuts = 0
  states.forEach(({ at, state }, index) => {
    const fromAt = Math.max(at, window.fromAt)
    const toAt = Math.min(states[index + 1]?.at ?? window.toAt, window.toAt)
    if (toAt <= fromAt) return
    cuts += 1
    if (!BUSY.has(state)) kwh += drawnAt(meter, toAt) - drawnAt(meter, fromAt)
  })
  return { kwh, cuts }
}

const energy: Check = async (given) => {
  const differences: string[] = []
  for (const [unit, meter] of given.ledger.meters) {
    const answer = await ask(given, 'energy-consumed', { equipment: unit, group: 'shift' })
    for (const { key, fromAt, toAt, value, parts } of answer.groups) {
      const window = { fromAt: Date.parse(fromAt), toAt: Date.parse(toAt) }
      // The running shift goes on: its last minute is not told yet.
      if (window.toAt >= given.range.toAt) continue
      const wanted = drawnAt(meter, window.toAt) - drawnAt(meter, window.fromAt)
      const within = 2 * RESOLUTION_KWH + ROUNDING_KWH
      differences.push(...off(`${unit} ${key} kWh`, value, { is: wanted, within }))
      const idle = idleOf(given.ledger, unit, window)
      // Energy of unknown state is on neither side.
      const reach = within + idle.cuts * RESOLUTION_KWH + (parts['unknownKwh'] ?? 0)
      differences.push(
        ...off(`${unit} ${key} idle kWh`, parts['idleKwh'], {
          is: idle.kwh,
          within: reach,
        }),
      )
    }
  }
  return given.ledger.meters.size === 0 ? null : differences
}

interface TrueAlarm {
  unit: string
  code: string
  raisedAt: number
  acknowledgedAt: number | null
  clearedAt: number | null
}

function alarmsOf(ledger: Ledger): TrueAlarm[] {
  const found = new Map<string, TrueAlarm>()
  for (const line of ledger.quality.get('alarm') ?? []) {
    const key = `${text(line['unit'])} ${text(line['alarm'])}`
    const [at, event] = [Number(line['t']), text(line['event'])]
    if (event === 'raised') {
      const named = { unit: text(line['unit']), code: text(line['code']) }
      found.set(key, { ...named, raisedAt: at, acknowledgedAt: null, clearedAt: null })
      continue
    }
    const alarm = found.get(key)
    if (alarm && event === 'acknowledged') alarm.acknowledgedAt = at
    if (alarm && event === 'cleared') alarm.clearedAt = at
  }
  return [...found.values()]
}

const units = (ledger: Ledger): string[] => [...ledger.meters.keys()]
const siteOf = (unit: string): string => unit.split('/')[0] ?? unit

const alarms: Check = async (given) => {
  const { ledger, range } = given
  const truth = alarmsOf(ledger)
  if (truth.length === 0) return null
  const raised = truth.filter(({ raisedAt }) => raisedAt >= range.fromAt && raisedAt < range.toAt)
  const differences: string[] = []
  for (const site of new Set(units(ledger).map(siteOf))) {
    const own = raised.filter(({ unit }) => siteOf(unit) === site)
    const counted = await ask(given, 'alarm-count', { equipment: site, group: 'unit' })
    const standing = await ask(given, 'standing-alarms', { equipment: site, group: 'unit' })
    const top = await ask(given, 'top-alarms', { equipment: site, group: 'alarm' })
    const up = truth.filter(
      ({ unit, raisedAt, clearedAt }) =>
        siteOf(unit) === site && raisedAt < range.toAt && (clearedAt === null || clearedAt >= range.toAt),
    )
    differences.push(...off(`${site} alarms`, counted.total.value, { is: own.length }))
    differences.push(...off(`${site} standing`, standing.total.value, { is: up.length }))
    for (const unit of units(ledger).filter((each) => siteOf(each) === site)) {
      const group = counted.groups.find(({ key }) => key === unit)
      const wanted = own.filter((alarm) => alarm.unit === unit).length
      differences.push(...off(`${unit} alarms`, group?.value ?? 0, { is: wanted }))
    }
    for (const [code, list] of Map.groupBy(own, (alarm) => alarm.code)) {
      const group = top.groups.find(({ key }) => key === code)
      differences.push(...off(`${site} ${code}`, group?.parts['alarms'], { is: list.length }))
    }
    const seen = own.flatMap(({ raisedAt, acknowledgedAt: at }) =>
      at === null || at < raisedAt ? [] : [at - raisedAt],
    )
    const mean = seen.length === 0 ? null : seen.reduce((sum, ms) => sum + ms, 0) / seen.length
    const acknowledged = await ask(given, 'mean-time-to-acknowledge', { equipment: site })
    differences.push(...off(`${site} acknowledged after`, acknowledged.total.value, { is: mean, within: 1 }))
  }
  return differences
}

const stamp = (line: LedgerLine, name: string): number | null => {
  const value = line[name]
  return typeof value === 'number' ? value : null
}
const spansOf = (orders: readonly LedgerLine[], from: string, to: string): number[] =>
  orders.flatMap((line) => {
    const [a, b] = [stamp(line, from), stamp(line, to)]
    return a === null || b === null || b < a ? [] : [b - a]
  })
const sum = (list: readonly number[]): number => list.reduce((total, each) => total + each, 0)
const meanOf = (list: readonly number[]): number | null => (list.length === 0 ? null : sum(list) / list.length)

const maintenance: Check = async (given) => {
  const { ledger, range } = given
  // Whole orders, the newest state of each last.
  const orders = [
    ...new Map((ledger.quality.get('maintenance') ?? []).map((line) => [text(line['number']), line])).values(),
  ]
  if (orders.length === 0) return null
  const began = orders.filter((line) => {
    const at = stamp(line, line['kind'] === 'corrective' ? 'failedAt' : 'arrivedAt')
    return at !== null && at >= range.fromAt && at < range.toAt
  })
  const differences: string[] = []
  for (const site of new Set(units(ledger).map(siteOf))) {
    const own = began.filter((line) => siteOf(text(line['unit'])) === site)
    const corrective = own.filter((line) => line['kind'] === 'corrective')
    for (const [metric, from, to] of [
      ['mean-time-to-respond', 'calledAt', 'arrivedAt'],
      ['mean-repair-time', 'arrivedAt', 'repairedAt'],
      ['mean-time-to-restart', 'repairedAt', 'restartedAt'],
    ] as const) {
      const { total } = await ask(given, metric, { equipment: site })
      differences.push(
        ...off(`${site} ${metric}`, total.value, { is: meanOf(spansOf(corrective, from, to)), within: 1 }),
      )
      differences.push(...off(`${site} failures`, total.parts['failures'], { is: corrective.length }))
    }
    // Work that goes on is judged when it has ended.
    if (own.some((line) => stamp(line, 'arrivedAt') !== null && stamp(line, 'repairedAt') === null)) continue
    const repaired = sum(spansOf(corrective, 'arrivedAt', 'repairedAt'))
    const preventive = own.filter((line) => line['kind'] === 'preventive')
    const planned = sum(spansOf(preventive, 'arrivedAt', 'repairedAt'))
    const { total } = await ask(given, 'corrective-maintenance-ratio', { equipment: site })
    const wanted = repaired + planned === 0 ? null : repaired / (repaired + planned)
    differences.push(...off(`${site} corrective share`, total.value, { is: wanted, within: 1e-9 }))
    differences.push(...off(`${site} preventive orders`, total.parts['preventive'], { is: preventive.length }))
  }
  return differences
}

const CHECKS: Readonly<Record<string, Check>> = {
  'energy by shift': energy,
  'alarms and acknowledgements': alarms,
  'stamps of maintenance orders': maintenance,
}

/** Asks again, with the ledger as it is then, while facts of the past are still coming in. */
async function eventually(check: Check, given: Case, file: string): Promise<string[] | null> {
  const giveUpAt = performance.now() + PATIENCE_MS
  let asked = given
  for (;;) {
    let found: string[] | null
    try {
      found = await check(asked)
    } catch (error) {
      found = [error instanceof Error ? error.message : String(error)]
    }
    if (found === null || found.length === 0 || performance.now() > giveUpAt) return found
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    asked = { ...given, ledger: await readLedger(file) }
  }
}

export async function verifyUpkeep(
  client: PlatformClient,
  ledger: Ledger,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const result = { passed: 0, failed: 0 }
  if (ledger.meters.size === 0) return result
  const fromAt = Math.max(ledger.fromAt, options.fromAt ?? -Infinity)
  const toAt = Math.min(ledger.toAt, options.toAt ?? Infinity, options.nowAt - SETTLE_MS)
  const given = { client, ledger, range: { fromAt, toAt } }
  for (const [name, check] of Object.entries(CHECKS)) {
    const differences = await eventually(check, given, options.ledger)
    if (differences === null) options.print(`${name}: not planted in this stretch`)
    else if (differences.length === 0) result.passed += 1
    else {
      result.failed += 1
      options.print(`FAIL ${name}: ${differences.slice(0, 12).join('; ')}`)
    }
  }
  options.print(`energy, alarms and maintenance: ${result.passed} facts agree, ${result.failed} differ`)
  return result
}
