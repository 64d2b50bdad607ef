import { boxAddress, type Box } from '@gemba/engine/report/address'
import { PAINT_LIMITS } from './paint-limits.ts'
import { escaped } from './report-document.ts'

/** Links of one sheet. Each address outside is written once, however many cells lead there. */
export class SheetLinks {
  private readonly cells: string[] = []
  private readonly ids = new Map<string, string>()
  private readonly places: { ref: string; place: string }[] = []

  /** False if the sheet holds no more links, or none like this one. `#C3` is a place of the sheet itself. */
  add(box: Box, address: string): boolean {
    if (this.cells.length + this.places.length >= PAINT_LIMITS.links) return false
    if (address.startsWith('#')) return this.places.push({ ref: boxAddress(box), place: address.slice(1) }) > 0
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

  /** `sheet` is the name of the sheet that the links stand on. */
  xml(sheet: string): string {
    const own = escaped(`'${sheet.replaceAll("'", "''")}'!`)
    const cells = [
      ...this.cells,
      ...this.places.map(({ ref, place }) => `<hyperlink ref="${ref}" location="${own}${place}"/>`),
    ]
    return cells.length === 0 ? '' : `<hyperlinks>${cells.join('')}</hyperlinks>`
  }

  /** Relations that the sheet needs: name and address. */
  targets(): [id: string, address: string][] {
    return [...this.ids].map(([address, id]) => [id, address])
  }
}
