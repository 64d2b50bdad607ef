import { DateTime } from 'luxon'
import type { Movement, SupplyFact } from '../supply-facts.ts'
import { DAY_MS } from './feed-fault.ts'
import { Later, type OfficeFault, type OfficePlace, type TableRow } from './office-fault.ts'

const CODE = 'LABEL'
/** What the code meant before the day, and what it means from then on. */
const [FIRST, SECOND] = ['LABEL-B', 'LABEL-R']
const SECOND_MS = 1_000
const FIRST_DOCUMENT = 6_900_000_000

const changeAt = ({ epochAt }: OfficePlace): number => epochAt + 2.5 * DAY_MS
const local = (at: number): string => DateTime.fromMillis(at, { zone: 'Asia/Shanghai' }).toFormat('yyyyMMddHHmmss')

/** The code of a material in a row of a given local time; a re-posting (309) leaves one code and enters the other. */
function codeOf(row: TableRow, isBefore: boolean): string | null {
  if (row['matnr'] !== (isBefore ? FIRST : SECOND)) return null
  const isReposted = row['bwart'] === '309'
  const isOut = row['shkzg'] === 'H'
  return !isReposted || isOut === isBefore ? CODE : null
}

/** When a code changes hands its stock is posted out of it, and that of the other material into it. */
function repostings(place: OfficePlace) {
  const at = changeAt(place)
  const stock = new Map<string, Movement>()
  const later = new Later<SupplyFact>()
  let isDone = false
  const repost = (): void => {
    let item = 0
    for (const held of stock.values()) {
      if (held.quantity === 0) continue
      const when = held.material === FIRST ? at - SECOND_MS : at + SECOND_MS
      const document = String(FIRST_DOCUMENT + (held.material === FIRST ? 1 : 2))
      const { material, location, status, lot } = held
      for (const quantity of [-held.quantity, held.quantity])
        later.say({
          kind: 'movement',
          at: when,
          movement: { material, location, status, lot, document, item: (item += 1), type: '309', quantity },
        })
    }
  }
  return (facts: readonly SupplyFact[], untilAt: number): SupplyFact[] => {
    for (const fact of facts) {
      if (fact.kind !== 'movement' || fact.at >= at) continue
      const { material, location, status, lot, quantity } = fact.movement
      if (material !== FIRST && material !== SECOND) continue
      const key = `${material}/${location}/${status}/${lot ?? ''}`
      const before = stock.get(key)?.quantity ?? 0
      stock.set(key, { ...fact.movement, quantity: Math.round((before + quantity) * 1000) / 1000 })
    }
    if (!isDone && untilAt >= at) {
      isDone = true
      repost()
    }
    return [...facts, ...later.until(untilAt)].sort((a, b) => a.at - b.at)
  }
}

/** The ERP uses the code of one label again for another label; somebody has entered what it meant when. */
export const codeReused: OfficeFault = {
  name: 'code-reused',
  at: (place) => {
    const changed = local(changeAt(place))
    const orderedAt = new Map<string, string>()
    return {
      goods: repostings(place),
      write: (table, row) => {
        if (table === 'ekko') orderedAt.set(String(row['ebeln']), `${String(row['bedat'])}${String(row['erzeit'])}`)
        if (table !== 'matdoc' && table !== 'ekpo') return row
        const at =
          table === 'ekpo' ? orderedAt.get(String(row['ebeln'])) : `${String(row['budat'])}${String(row['cputm'])}`
        const code = codeOf(row, (at ?? '') < changed)
        return code === null ? row : { ...row, matnr: code }
      },
    }
  },
  declare: (catalog, { epochAt }) => {
    const mapping = { domain: 'material' as const, source: 'erp-suz', code: CODE }
    const validFrom = new Date(changeAt({ epochAt, seed: 0 })).toISOString()
    return {
      ...catalog,
      codeMappings: [...catalog.codeMappings, { ...mapping, target: FIRST }, { ...mapping, target: SECOND, validFrom }],
    }
  },
}
