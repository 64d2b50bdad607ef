import type { OfficeFact, OrderReport, PlantOrder } from '../order-book.ts'
import type { SupplyFact } from '../supply-facts.ts'
import { DAY_MS } from './feed-fault.ts'
import { Later, type OfficeFault, type OfficePlace, chanceOf, isMistaken } from './office-fault.ts'

const HOUR_MS = 3_600_000
const DOUBLED_ORDERS = 0.3
const DOUBLED_REPORTS = 0.1
const DOUBLED_RECEIPTS = 0.5
const FIRST_ORDER = 9_000_000
const FIRST_DOCUMENT = 5_900_000_000
const ORDER_LASTS_MS = 3 * HOUR_MS
const REPORT_LASTS_MS = 40 * 60_000
const RECEIPT_AFTER_MS = DAY_MS
const RECEIPT_LASTS_MS = HOUR_MS
/** What is ordered on the first days comes after a week. */
const RECEIPTS_UNTIL_MS = 7 * DAY_MS

/** Orders entered twice and deleted, reports posted twice and cancelled by a document of their own. */
function orders(place: OfficePlace) {
  const chance = chanceOf(place, 'documents-taken-back')
  const later = new Later<OfficeFact>()
  let entered = 0
  const twice = ({ at, order }: { at: number; order: PlantOrder }): void => {
    if (chance(order.number) >= DOUBLED_ORDERS) return
    const number = String(FIRST_ORDER + (entered += 1)).padStart(12, '0')
    later.say(
      { kind: 'order', at: at + 60_000, order: { ...order, number } },
      { kind: 'order-deleted', at: at + ORDER_LASTS_MS, order: number },
    )
  }
  const postedTwice = ({ at, report }: { at: number; report: OrderReport }): void => {
    if (chance(report.key) >= DOUBLED_REPORTS) return
    const [again, backAt] = [`${report.key}-2`, at + REPORT_LASTS_MS]
    later.say(
      { kind: 'report', at: at + 1_000, report: { ...report, key: again, at: at + 1_000 } },
      { kind: 'report', at: backAt, report: { ...report, key: `${again}-S`, at: backAt, reverses: again } },
    )
  }
  return (facts: readonly OfficeFact[], untilAt: number): OfficeFact[] => {
    for (const fact of facts) {
      if (!isMistaken(place, fact.at)) continue
      if (fact.kind === 'order') twice(fact)
      if (fact.kind === 'report') postedTwice(fact)
    }
    return [...facts, ...later.until(untilAt)].sort((a, b) => a.at - b.at)
  }
}

/** A receipt is posted a second time on the day after, and taken back: the supplier was as punctual as before. */
function goods(place: OfficePlace) {
  const chance = chanceOf(place, 'documents-taken-back')
  const later = new Later<SupplyFact>()
  let posted = 0
  const next = (): string => String(FIRST_DOCUMENT + (posted += 1))
  return (facts: readonly SupplyFact[], untilAt: number): SupplyFact[] => {
    for (const fact of facts) {
      if (fact.kind !== 'movement' || fact.movement.type !== '101' || !fact.movement.purchase) continue
      if (fact.at >= place.epochAt + RECEIPTS_UNTIL_MS || chance(fact.movement.document) >= DOUBLED_RECEIPTS) continue
      const [document, back] = [next(), next()]
      const { movement } = fact
      const backAt = fact.at + RECEIPT_AFTER_MS + RECEIPT_LASTS_MS
      later.say(
        { kind: 'movement', at: fact.at + RECEIPT_AFTER_MS, movement: { ...movement, document, item: 1 } },
        {
          kind: 'movement',
          at: backAt,
          movement: {
            ...movement,
            document: back,
            item: 1,
            type: '102',
            quantity: -movement.quantity,
            reverses: document,
          },
        },
      )
    }
    return [...facts, ...later.until(untilAt)].sort((a, b) => a.at - b.at)
  }
}

/** Documents that should not be: orders deleted, reports and receipts taken back by a document that names them. */
export const documentsTakenBack: OfficeFault = {
  name: 'documents-taken-back',
  at: (place) => ({ orders: orders(place), goods: goods(place) }),
}
