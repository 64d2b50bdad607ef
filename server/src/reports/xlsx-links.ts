import { boxAddress, type Box } from '@gemba/engine/report/address'
import { placeName } from './cell-links.ts'
import { PAINT_LIMITS } from './paint-limits.ts'
import { escaped } from './report-document.ts'

const PLACE = `#${placeName('')}`

/** Links of one sheet. Each address outside is written once, however many cells lead there. */
export class SheetLinks {
  private readonly cells: string[] = []
  private readonly ids = new Map<string, string>()
  private readonly places: { ref: string; target: string }[] = []

  /** False if the sheet holds no more links, or none like this one. */
  add(box: Box, address: string): boolean {
    if (this.cells.length + this.places.length >= PAINT_LIMITS.links) return false
    if (address.startsWith(PLACE))
      return this.places.push({ ref: boxAddress(box), target: address.slice(PLACE.length) }) > 0
    const url = URL.parse(address)?.href
    if (url === undefined || url.length > PAINT_LIMITS.linkLength) return false
    let id = this.ids.get(url)
    if (id === undefined) {
      id = `rIdLink${this.ids.size + 1}`
      this.ids.set(url, id)
    }
    this.cells.push(`<hyperlink ref="${boxAddress(box)}" r:id="${id}"/>`)
    return true
  }

  /** Asked for when the rows are written; `dead` are links whose place `locationOf` does not know. */
  xml(locationOf: (target: string) => string | undefined): { xml: string; dead: number } {
    const cells = [...this.cells]
    let dead = 0
    for (const { ref, target } of this.places) {
      const location = locationOf(target)
      if (location === undefined) dead += 1
      else cells.push(`<hyperlink ref="${ref}" location="${escaped(location)}"/>`)
    }
    return { xml: cells.length === 0 ? '' : `<hyperlinks>${cells.join('')}</hyperlinks>`, dead }
  }

  /** Relations that the sheet needs: name and address. */
  targets(): [id: string, address: string][] {
    return [...this.ids].map(([address, id]) => [id, address])
  }
}
