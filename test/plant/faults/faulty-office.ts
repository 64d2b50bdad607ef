/** Everything that is wrong with what the ERP and the MES write down, one fault by name after the other. */
import type { OfficeFact } from '../order-book.ts'
import type { QualityFact } from '../quality-facts.ts'
import type { SupplyFact } from '../supply-facts.ts'
import { calendarChanged } from './calendar-changed.ts'
import { codeReused } from './code-reused.ts'
import { documentsTakenBack } from './documents-taken-back.ts'
import { grams } from './grams.ts'
import { lateCorrection } from './late-correction.ts'
import { lateDecision } from './late-decision.ts'
import { localTimeOnly } from './local-time.ts'
import type { OfficeFault, OfficePlace, OfficeTwist, WriteRow } from './office-fault.ts'
import { orderReopened } from './order-reopened.ts'
import { overlappingStops } from './overlapping-stops.ts'
import { otherWriting } from './other-writing.ts'

/** In the order in which they act: what is booked wrong is then written otherwise. */
export const OFFICE_FAULTS: readonly OfficeFault[] = [
  documentsTakenBack,
  orderReopened,
  lateDecision,
  lateCorrection,
  overlappingStops,
  codeReused,
  localTimeOnly,
  grams,
  otherWriting,
  calendarChanged,
]

export class FaultyOffice {
  private readonly twists: readonly OfficeTwist[]

  constructor(names: readonly string[], place: OfficePlace) {
    this.twists = OFFICE_FAULTS.filter(({ name }) => names.includes(name)).map((fault) => fault.at(place))
  }

  orders(facts: readonly OfficeFact[], untilAt: number): OfficeFact[] {
    return this.twists.reduce((said, twist) => twist.orders?.(said, untilAt) ?? said, [...facts])
  }

  goods(facts: readonly SupplyFact[], untilAt: number): SupplyFact[] {
    return this.twists.reduce((said, twist) => twist.goods?.(said, untilAt) ?? said, [...facts])
  }

  quality(facts: readonly QualityFact[], untilAt: number): QualityFact[] {
    return this.twists.reduce((said, twist) => twist.quality?.(said, untilAt) ?? said, [...facts])
  }

  readonly write: WriteRow = (table, row) =>
    this.twists.reduce((written, twist) => twist.write?.(table, written) ?? written, row)
}
