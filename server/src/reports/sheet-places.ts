import { addressOf } from '@gemba/engine/report/address'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { placesIn } from './cell-links.ts'
import type { SheetDealer } from './sheet-dealer.ts'
import type { SheetDocument } from './sheet-document.ts'

/** A cell of a workbook; everything counts from 0. */
interface Place {
  sheet: number
  y: number
  x: number
}

/**
 * Where the cells are that links of a report lead to. Of a report in memory all is known before a row is written; of
 * rows that go by what was written, and what stands below them at the end.
 */
export class SheetPlaces {
  private readonly document: SheetDocument
  private readonly dealt: SheetDealer
  private readonly unseen: Set<string>
  private readonly seen = new Map<string, Place>()

  constructor(document: SheetDocument, dealt: SheetDealer) {
    this.document = document
    this.dealt = dealt
    this.unseen = document.first.run.portion === undefined ? new Set() : placesIn(document.template)
  }

  /** Looks at a cell that is written. */
  note({ of, cell, box, blank }: ShownCell, at: Omit<Place, 'x'>): void {
    if (this.unseen.size === 0 || blank || of.name !== '' || !this.unseen.delete(cell.address)) return
    this.seen.set(cell.address, { ...at, x: box.x0 })
  }

  /** The first cell of a place as links name it; undefined where there is none, or none yet. */
  locationOf(target: string, names: readonly string[]): string | undefined {
    const place = this.seen.get(target) ?? this.known(target)
    const name = place && names[place.sheet]
    return name === undefined ? undefined : `'${name.replaceAll("'", "''")}'!${addressOf(place?.y ?? 0, place?.x ?? 0)}`
  }

  private known(target: string): Place | undefined {
    const { first, rows, tailFrom } = this.document
    const { run } = first
    const cell = run.template.byAddress.get(target)
    if (cell === undefined || run.instancesOf(cell.index).count === 0) return undefined
    const own = run.position?.(cell.index, 0)
    if (own === undefined) return undefined
    if (run.portion === undefined) return { ...this.dealt.placeOf(own.y), x: own.x }
    if (tailFrom === undefined || rows === undefined || cell.row < tailFrom) return undefined
    return { ...this.dealt.placeOf(rows - run.template.rows + cell.row), x: own.x }
  }
}
