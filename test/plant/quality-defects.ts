/** Defects of scrapped pieces in fixed shares: every hundred pieces of a family hold each defect exactly so often. */
import type { ContainerFilled } from './lots-production.ts'
import type { LotOpened, LotRecords } from './lots-records.ts'
import type { QualityLog } from './quality-facts.ts'
import { localTime } from './quality-office.ts'

/** Defects with their pieces in a hundred. */
export const DEFECT_SHARES = {
  mould: [
    ['flash', 40],
    ['short-shot', 25],
    ['bubbles', 15],
    ['colour', 12],
    ['other', 8],
  ],
  assembly: [
    ['leak', 55],
    ['vision', 30],
    ['other', 15],
  ],
  pack: [
    ['seal', 70],
    ['print', 20],
    ['other', 10],
  ],
} as const
export type DefectFamily = keyof typeof DEFECT_SHARES

const HUNDRED = 100
/** Next to 100 without a common divisor: spreads the defects of a hundred evenly over it. */
const STRIDE = 37

/** The defect of the n-th scrapped piece of a family. */
export function defectOf(family: DefectFamily, n: number): string {
  let position = (n * STRIDE) % HUNDRED
  for (const [defect, pieces] of DEFECT_SHARES[family]) {
    if (position < pieces) return defect
    position -= pieces
  }
  return 'other'
}

const scrapped = new WeakMap<QualityLog, Map<DefectFamily, number>>()

/** Defect records, and what scrap and rework took from the lot. */
export function bookDefects(
  { log, records }: { log: QualityLog; records: LotRecords },
  { event, lot, family }: { event: ContainerFilled; lot: LotOpened; family: DefectFamily },
): void {
  const counts = scrapped.get(log) ?? new Map<DefectFamily, number>()
  scrapped.set(log, counts)
  const found = new Map<string, number>()
  for (let piece = 0; piece < event.scrap; piece += 1) {
    const n = counts.get(family) ?? 0
    counts.set(family, n + 1)
    const defect = defectOf(family, n)
    found.set(defect, (found.get(defect) ?? 0) + 1)
  }
  const common = { at: event.at, lot, number: event.number }
  for (const [defect, quantity] of found) {
    one(log, { ...common, defect, quantity, disposition: 'scrap' })
    const key = `${lot.lot}-${event.number}-${defect}`
    const moved = { key, lot: lot.lot, kind: 'scrap', place: defect, equipment: lot.equipment, unit: 'piece' }
    records.movement(event.at, { ...moved, quantity })
  }
  if (event.rework === 0) return
  one(log, { ...common, defect: 'rework', quantity: event.rework, disposition: 'rework' })
  const key = `${lot.lot}-${event.number}-rework`
  const moved = { key, lot: lot.lot, kind: 'rework', place: 'rework', equipment: lot.equipment, unit: 'piece' }
  records.movement(event.at, { ...moved, quantity: event.rework })
}

function one(
  log: QualityLog,
  found: { at: number; lot: LotOpened; number: number; defect: string; quantity: number; disposition: string },
): void {
  const { at, lot, number, defect, quantity, disposition } = found
  log.book(at, 'defect_record', {
    defect_no: `${lot.lot}-${number}-${defect}`,
    defect,
    quantity,
    equipment_no: lot.equipment,
    material: lot.material,
    lot_no: lot.lot,
    wo_no: lot.order,
    disposition,
    found_local: localTime(at),
  })
  log.truth({ k: 'defect', t: at, unit: lot.equipment, defect, quantity, disposition })
}
