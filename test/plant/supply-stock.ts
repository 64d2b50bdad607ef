/** The plant's own books of stock, in thousandths of base units, lot by lot in the order in which they came. */
import type { StockPlace } from './supply-facts.ts'

export interface LotShare {
  readonly lot: string | null
  readonly amount: number
}

interface Pile {
  readonly lots: { lot: string | null; amount: number }[]
  /** Taken beyond what was there. */
  owed: number
}

const keyOf = ({ material, location, status }: StockPlace): string => `${material}/${location}/${status}`

export class StockBooks {
  private readonly piles = new Map<string, Pile>()

  private pile(place: StockPlace): Pile {
    const key = keyOf(place)
    const known = this.piles.get(key)
    if (known) return known
    const fresh: Pile = { lots: [], owed: 0 }
    this.piles.set(key, fresh)
    return fresh
  }

  receive(place: StockPlace, amount: number, lot: string | null): void {
    const pile = this.pile(place)
    const known = pile.lots.find((each) => each.lot === lot)
    if (known) known.amount += amount
    else pile.lots.push({ lot, amount })
  }

  /** The oldest lots first; what is not there is owed without a lot. */
  take(place: StockPlace, amount: number): LotShare[] {
    const pile = this.pile(place)
    const shares: LotShare[] = []
    let left = amount
    while (left > 0 && pile.lots.length > 0) {
      const first = pile.lots[0] as { lot: string | null; amount: number }
      const taken = Math.min(left, first.amount)
      first.amount -= taken
      left -= taken
      shares.push({ lot: first.lot, amount: taken })
      if (first.amount === 0) pile.lots.shift()
    }
    if (left > 0) {
      pile.owed += left
      shares.push({ lot: null, amount: left })
    }
    return shares
  }

  balance(place: StockPlace): number {
    const pile = this.piles.get(keyOf(place))
    if (!pile) return 0
    return pile.lots.reduce((sum, { amount }) => sum + amount, -pile.owed)
  }
}
