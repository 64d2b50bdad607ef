/**
 * Compares the figures of goods with the ledger: stock of every material, suppliers, deliveries, and the planted facts
 * about springs and the overdrawn resin. Counts must agree exactly, sums of decimals to one part in 10⁹.
 */
import type { CatalogDocument, SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure } from '@gemba/contracts/kpi'
import { instancesOfDate, productionDateOf } from '@gemba/engine/time/calendar'
import { addDays, instantOfLocal, localDateOf } from '@gemba/engine/time/local-time'
import { type LedgerPlanted, type SupplyLedger, readSupplyLedger } from './ledger-supply.ts'
import type { PlatformClient } from './platform-client.ts'
import type { VerifyOptions, VerifyResult } from './verify.ts'

/** The ERP is read every ten seconds; what is younger may still be on its way. */
const SETTLE_MS = 60_000
const ROUNDING = 1e-9
const SITE = 'SUZ'
const PLANTED_SUPPLIERS = { V03: { onTime: 0.92, ppm: 1_200 }, V07: { onTime: 0.7, ppm: 8_000 } } as const
const PLANTED_OTIF = 0.9118
const SPRING = {
  material: 'SPRING-01',
  demand: 26_000,
  deviation: 3_100,
  safetyStock: 44_552,
  reorderPoint: 200_552,
} as const
const OVERDRAWN_FACTOR = 1.015
/** Statistical truths hold within this many deviations. */
const DEVIATIONS = 4

interface Context {
  client: PlatformClient
  ledger: SupplyLedger
  planted: LedgerPlanted
  site: SiteDefinition
  fromAt: number
  /** Everything up to here is judged. */
  toAt: number
  judge: (name: string, differences: readonly string[]) => void
}

const near = (a: number, b: number, scale = 1): boolean =>
  Math.abs(a - b) <= ROUNDING * Math.max(scale, Math.abs(a), Math.abs(b))

function differ(name: string, got: number | null | undefined, wanted: number, scale = 1): string[] {
  return got !== null && got !== undefined && near(got, wanted, scale) ? [] : [`${name} ${got}, ledger ${wanted}`]
}

const groupOf = (answer: KpiAnswer, key: string): KpiFigure | undefined =>
  answer.groups.find((group) => group.key === key)

type Narrowed = Record<string, string>

const ask = ({ client, fromAt, toAt }: Context, metric: string, more: Narrowed = {}): Promise<KpiAnswer> =>
  client.kpi(metric, {
    equipment: SITE,
    from: new Date(fromAt).toISOString(),
    to: new Date(toAt).toISOString(),
    ...more,
  })

async function verifyStock(context: Context): Promise<void> {
  const sums = new Map<string, number>()
  for (const { at, material, quantity } of context.ledger.moves)
    if (at <= context.toAt) sums.set(material, (sums.get(material) ?? 0) + Math.round(quantity * 1000))
  const answer = await ask(context, 'stock-on-hand', { group: 'material' })
  for (const [material, thousandths] of sums)
    context.judge(`stock ${material}`, differ('stock', groupOf(answer, material)?.value, thousandths / 1000, 1_000_000))
  const extra = answer.groups.filter((group) => !sums.has(group.key)).map((group) => group.key)
  context.judge(
    'stock of other materials',
    extra.map((key) => `${key} is not in the ledger`),
  )
}

interface SupplierTruth {
  due: number
  onTime: number
  received: number
  rejected: number
}

function supplierTruth({ ledger, site, toAt }: Context): Map<string, SupplierTruth> {
  const untilOn = addDays(localDateOf(site.timeZone, toAt), -1)
  const came = new Map<string, { quantity: number; lastAt: number; back: number }>()
  for (const { at, type, quantity, purchase } of ledger.moves) {
    if (purchase === null || at > toAt) continue
    const sum = came.get(purchase) ?? { quantity: 0, lastAt: 0, back: 0 }
    if (type === '101') came.set(purchase, { ...sum, quantity: sum.quantity + quantity, lastAt: at })
    else came.set(purchase, { ...sum, back: sum.back - quantity })
  }
  const truth = new Map<string, SupplierTruth>()
  for (const purchase of ledger.purchases.values()) {
    if (purchase.cancelled || purchase.at > toAt) continue
    const sum = truth.get(purchase.supplier) ?? { due: 0, onTime: 0, received: 0, rejected: 0 }
    const receipt = came.get(purchase.key)
    if (purchase.promisedOn <= untilOn) {
      const on = receipt ? localDateOf(site.timeZone, receipt.lastAt) : null
      sum.due += 1
      if (on !== null && on <= purchase.promisedOn) sum.onTime += 1
    }
    sum.received += receipt?.quantity ?? 0
    sum.rejected += receipt?.back ?? 0
    truth.set(purchase.supplier, sum)
  }
  return truth
}

async function verifySuppliers(context: Context): Promise<void> {
  const truth = supplierTruth(context)
  const onTime = await ask(context, 'supplier-on-time', { group: 'supplier' })
  const ppm = await ask(context, 'supplier-ppm', { group: 'supplier' })
  for (const [supplier, sum] of truth) {
    const share = groupOf(onTime, supplier)
    if (sum.due > 0)
      context.judge(`K7 ${supplier} on time`, [
        ...differ('due', share?.parts['due'], sum.due),
        ...differ('on time', share?.parts['onTime'], sum.onTime),
        ...differ('share', share?.value, sum.onTime / sum.due),
      ])
    const defects = groupOf(ppm, supplier)
    if (defects) context.judge(`K7 ${supplier} PPM`, differ('PPM', defects.value, (sum.rejected / sum.received) * 1e6))
  }
  for (const [supplier, { onTime: share, ppm: defects }] of Object.entries(PLANTED_SUPPLIERS)) {
    const sum = truth.get(supplier)
    if (!sum || sum.due < 30) continue
    context.judge(`K7 ${supplier} as planted`, [
      ...within('share', sum.onTime / sum.due, {
        wanted: share,
        deviation: Math.sqrt((share * (1 - share)) / sum.due),
      }),
      ...within('rejected', sum.rejected, {
        wanted: (sum.received * defects) / 1e6,
        deviation: Math.sqrt((sum.received * defects) / 1e6),
      }),
    ])
  }
}

function within(name: string, got: number, { wanted, deviation }: { wanted: number; deviation: number }): string[] {
  if (Math.abs(got - wanted) <= DEVIATIONS * deviation) return []
  return [`${name} ${got}, planted ${wanted} ± ${(DEVIATIONS * deviation).toPrecision(3)}`]
}

/** Windows of the key accounts; everybody else wants the day itself. */
const WINDOWS: Readonly<Record<string, readonly [number, number]>> = { C01: [-3, 0], C02: [-1, 1] }

async function verifyDeliveries(context: Context): Promise<void> {
  const { ledger, site, toAt } = context
  const untilOn = addDays(localDateOf(site.timeZone, toAt), -1)
  let lines = 0
  let good = 0
  for (const sale of ledger.sales.values()) {
    const [early, late] = WINDOWS[sale.customer] ?? [0, 0]
    if (sale.cancelled || sale.at > toAt || addDays(sale.promisedOn, late) > untilOn) continue
    lines += 1
    let inside = 0
    for (const { at, quantity } of ledger.shipments.get(sale.key) ?? []) {
      const on = localDateOf(site.timeZone, at)
      if (on >= addDays(sale.promisedOn, early) && on <= addDays(sale.promisedOn, late)) inside += quantity
    }
    if (inside >= sale.quantity) good += 1
  }
  if (lines === 0) return
  const answer = await ask(context, 'otif')
  context.judge('K8 OTIF', [
    ...differ('lines', answer.total.parts['lines'], lines),
    ...differ('share', answer.total.value, good / lines),
    ...within('share', good / lines, {
      wanted: PLANTED_OTIF,
      deviation: Math.sqrt((PLANTED_OTIF * (1 - PLANTED_OTIF)) / lines),
    }),
  ])
}

/** Springs used on each whole working day. */
function springDays({ ledger, site, planted, toAt }: Context): number[] {
  const days = new Map<string, number>()
  const today = productionDateOf(site, toAt)
  const first = productionDateOf(site, planted.epochAt)
  for (let date = first; date < today; date = addDays(date, 1))
    if (instancesOfDate(site, date).length > 0) days.set(date, 0)
  for (const { at, type, material, quantity } of ledger.moves) {
    if (material !== SPRING.material || (type !== '261' && type !== '262' && type !== '601')) continue
    const date = productionDateOf(site, at)
    const sum = days.get(date)
    if (sum !== undefined) days.set(date, sum - quantity)
  }
  return [...days.values()]
}

async function verifySprings(context: Context): Promise<void> {
  const { planted, site, toAt } = context
  const only = { material: SPRING.material }
  const safety = await ask(context, 'safety-stock', only)
  const point = await ask(context, 'reorder-point', only)
  const use = springDays(context).slice(-20)
  const average = use.reduce((sum, each) => sum + each, 0) / use.length
  context.judge('K12 safety stock', differ('whole springs', Math.floor(safety.total.value ?? NaN), SPRING.safetyStock))
  context.judge('K12 reorder point', differ('whole springs', Math.floor(point.total.value ?? NaN), SPRING.reorderPoint))
  if (use.length >= 10)
    context.judge('K12 use', [
      ...differ('measured use', point.total.parts['measuredDailyDemand'], average),
      ...within('use', average, { wanted: SPRING.demand, deviation: SPRING.deviation / Math.sqrt(use.length) }),
    ])
  const warnedAt = instantOfLocal(site.timeZone, planted.warnedOn, '09:00')
  if (toAt < warnedAt + SETTLE_MS) return
  const before = await shortageAt(context, warnedAt - SETTLE_MS)
  const after = await shortageAt(context, warnedAt + SETTLE_MS)
  const wanted = instantOfLocal(site.timeZone, planted.shortageOn, '00:00')
  context.judge('K12 before the warning', before.parts['isAlarm'] === 0 ? [] : ['a shortage is projected already'])
  context.judge('K12 shortage', [
    ...differ('alarm', after.parts['isAlarm'], 1),
    ...differ('day', after.parts['firstShortageAt'], wanted),
  ])
  const days = workdays(site, planted.warnedOn, planted.shortageOn)
  context.judge('K12 warned two working days before', differ('days', days, 2))
}

function workdays(site: SiteDefinition, from: string, to: string): number {
  let days = 0
  for (let date = addDays(from, 1); date <= to; date = addDays(date, 1))
    if (instancesOfDate(site, date).length > 0) days += 1
  return days
}

async function shortageAt(context: Context, at: number): Promise<KpiFigure> {
  const answer = await ask({ ...context, toAt: at }, 'shortage-projection', { material: SPRING.material })
  return answer.total
}

async function verifyConsumption(context: Context): Promise<void> {
  const { ledger, planted, toAt } = context
  const range = { fromAt: planted.overdrawnFromAt, toAt: Math.min(planted.overdrawnToAt, toAt) }
  const isInside = (at: number): boolean => at >= range.fromAt && at < range.toAt
  if (range.toAt <= range.fromAt) return
  const sum = (list: readonly { at: number; material: string; quantity: number }[]): number =>
    list.reduce((total, { at, material, quantity }) => {
      return isInside(at) && material === planted.overdrawn ? total + Math.round(quantity * 1000) : total
    }, 0) / 1000
  const issued = -sum(ledger.moves.filter(({ type }) => type === '261' || type === '262'))
  const consumed = sum(ledger.consumption)
  if (issued === 0) return
  const answer = await ask({ ...context, ...range }, 'consumption-gap', { group: 'material' })
  const found = groupOf(answer, planted.overdrawn)
  context.judge('K13 overdrawn material', [
    ...differ('issued', found?.parts['issued'], issued, 1_000_000),
    ...differ('consumed', found?.parts['consumed'], consumed, 1_000_000),
    ...differ('difference', found?.parts['difference'], consumed - issued, 1_000_000),
    ...differ('finding', found?.parts['isFinding'], 1),
    ...(Math.abs(issued / consumed - OVERDRAWN_FACTOR) < 0.002 ? [] : [`issued is ${issued / consumed} of consumed`]),
  ])
  const others = answer.groups.filter((group) => group.key !== planted.overdrawn && group.parts['isFinding'] === 1)
  context.judge(
    'K13 other materials',
    others.map((group) => `${group.key} is a finding: ${group.value}`),
  )
}

export async function verifySupply(
  client: PlatformClient,
  catalog: CatalogDocument,
  options: VerifyOptions,
): Promise<VerifyResult> {
  const result = { passed: 0, failed: 0 }
  const ledger = await readSupplyLedger(options.ledger)
  const site = catalog.sites.find((each) => each.id === SITE)
  if (!ledger.planted || !site) return result
  const toAt = Math.min(options.toAt ?? Infinity, options.nowAt - SETTLE_MS)
  const context: Context = {
    client,
    ledger,
    planted: ledger.planted,
    site,
    fromAt: ledger.planted.epochAt,
    toAt,
    judge: (name, differences) => {
      if (differences.length === 0) result.passed += 1
      else {
        result.failed += 1
        options.print(`FAIL ${name}: ${differences.join('; ')}`)
      }
    },
  }
  if (toAt <= context.fromAt) return result
  await verifyStock(context)
  await verifySuppliers(context)
  await verifyDeliveries(context)
  await verifySprings(context)
  await verifyConsumption(context)
  options.print(`goods: ${result.passed} agree, ${result.failed} differ`)
  return result
}
