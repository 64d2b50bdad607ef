import { boxAddress, type Box } from '@gemba/engine/report/address'
import { PAINT_LIMITS } from './paint-limits.ts'

/** Links of one sheet. Each address is written once, however many cells lead there. */
export class SheetLinks {
  private readonly cells: string[] = []
  private readonly ids = new Map<string, string>()

  /** False if the sheet holds no more links, or none like this one. */
  add(box: Box, address: string): boolean {
    const url = URL.parse(address)?.href
    if (url === undefined || url.length > PAINT_LIMITS.linkLength || this.cells.length >= PAINT_LIMITS.links)
      return false
    let id = this.ids.get(url)
    if (id === undefined) {
      id = `rIdLink${this.ids.size + 1}`
      this.ids.set(url, id)
    }
    this.cells.push(`<hyperlink ref="${boxAddress(box)}" r:id="${id}"/>`)
    return true
  }

  xml(): string {
    return this.cells.length === 0 ? '' : `<hyperlinks>${this.cells.join('')}</hyperlinks>`
  }

  /** Relations that the sheet needs: name and address. */
  targets(): [id: string, address: string][] {
    return [...this.ids].map(([address, id]) => [id, address])
  }
}
