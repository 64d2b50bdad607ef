import type { Disposition } from '@gemba/contracts/trace'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { traceCompleteness } from './completeness.ts'
import { genealogyOf } from './genealogy.ts'
import { balanceVerdict, massBalance } from './mass-balance.ts'
import { piecesByLot } from './narrowing.ts'
import { recallScope } from './recall.ts'

describe('recall scope', () => {
  const genealogy = genealogyOf([
    { input: 'RM-7', output: 'PK-1', at: 10 },
    { input: 'RM-7', output: 'PK-2', at: 20 },
    { input: 'PK-1', output: 'ST-9', at: 30 },
    { input: 'RM-8', output: 'PK-3', at: 10 },
  ])
  const dispositions: Disposition[] = [
    { lot: 'ST-9', kind: 'shipped', place: 'C1', quantity: 500 },
    { lot: 'ST-9', kind: 'shipped', place: 'C2', quantity: 150 },
    { lot: 'ST-9', kind: 'on-hand', place: 'FG', quantity: 300 },
    { lot: 'ST-9', kind: 'scrapped', place: 'QH', quantity: 40 },
    { lot: 'PK-2', kind: 'wip', place: 'ORD', quantity: 200 },
    { lot: 'PK-3', kind: 'shipped', place: 'C3', quantity: 100 },
  ]
  const finished = new Map([
    ['ST-9', 1_000],
    ['PK-2', 200],
    ['PK-3', 100],
  ])

  it('says where every piece is, and what nobody knows', () => {
    const scope = recallScope(genealogy, { suspects: ['RM-7'], finished, dispositions })
    // ST-9: 1000 − 650 − 300 − 40 = 10 unknown; PK-2: all 200 in process. Made 1200, shipped 650.
    expect(scope.lots).toEqual(['PK-1', 'PK-2', 'RM-7', 'ST-9'])
    expect(scope.finished).toEqual([
      { lot: 'PK-2', depth: 1, produced: 200, shipped: 0, onHand: 0, wip: 200, scrapped: 0, unknown: 0 },
      { lot: 'ST-9', depth: 2, produced: 1_000, shipped: 650, onHand: 300, wip: 0, scrapped: 40, unknown: 10 },
    ])
    expect(scope).toMatchObject({
      customers: ['C1', 'C2'],
      shippedQuantity: 650,
      heldQuantity: 550,
      unknownQuantity: 10,
    })
    expect([...scope.shippedByCustomer]).toEqual([
      ['C1', 500],
      ['C2', 150],
    ])
    expect([...scope.onHandByLocation]).toEqual([['FG', 300]])
  })

  it('narrows by time, holds a finished suspect, and may be empty', () => {
    const narrowed = recallScope(
      genealogy,
      { suspects: ['RM-7'], finished, dispositions },
      { window: { fromAt: 15, toAt: 99 } },
    )
    expect(narrowed.affectedFinished).toEqual(['PK-2'])
    expect(recallScope(genealogy, { suspects: ['ST-9'], finished, dispositions }).finished[0]).toMatchObject({
      lot: 'ST-9',
      depth: 0,
    })
    const none = recallScope(genealogy, { suspects: ['nothing'], finished, dispositions })
    expect(none).toMatchObject({ affectedFinished: [], customers: [], shippedQuantity: 0, heldQuantity: 0 })
    expect(recallScope(genealogy, { suspects: [], finished: new Map(), dispositions: [] }).lots).toEqual([])
  })
})

describe('mass balance', () => {
  const zero = { produced: 0, opening: 0, shipped: 0, onHand: 0, wip: 0, scrap: 0, samples: 0, reworkOut: 0 }

  it('of a recall drill', () => {
    // 21 600 + 12 400 + 4 800 + 960 + 200 = 39 960 of 40 000.
    const balance = massBalance({
      ...zero,
      produced: 40_000,
      shipped: 21_600,
      onHand: 12_400,
      wip: 4_800,
      scrap: 960,
      samples: 200,
    })
    expect(balance).toEqual({ available: 40_000, accounted: 39_960, unaccounted: 40, recovery: 0.999 })
    expect(balanceVerdict(balance, 0.001)).toBe('balanced')
    expect(balanceVerdict(balance, 0.0005)).toBe('missing')
  })

  it('finds a surplus too, and nothing in nothing', () => {
    expect(balanceVerdict(massBalance({ ...zero, produced: 100, shipped: 101 }), 0.005)).toBe('surplus')
    expect(massBalance(zero)).toEqual({ available: 0, accounted: 0, unaccounted: 0, recovery: null })
    expect(balanceVerdict(massBalance(zero), 0)).toBe('empty')
    expect(balanceVerdict(massBalance({ ...zero, scrap: 1 }), 0)).toBe('surplus')
  })
})

describe('trace completeness', () => {
  it('counts inferred edges apart', () => {
    const lots = [
      { lot: 'A', mandatory: ['barrel', 'spring'] },
      { lot: 'B', mandatory: ['barrel', 'spring'] },
      { lot: 'C', mandatory: ['barrel', 'spring', 'label'] },
      { lot: 'D', mandatory: [] },
    ]
    const result = traceCompleteness(lots, [
      { output: 'A', component: 'barrel', method: 'scan' },
      { output: 'A', component: 'spring', method: 'manual' },
      { output: 'B', component: 'barrel', method: 'scan' },
      { output: 'B', component: 'spring', method: 'backflush' },
      { output: 'C', component: 'barrel', method: 'inferred' },
      { output: 'Z', component: 'label', method: 'scan' },
    ])
    // A and D observed, B inferred, C lacks two: 3/4 and 2/4.
    expect(result.lots.map((each) => each.status)).toEqual(['observed', 'inferred', 'incomplete', 'observed'])
    expect(result.lots[2]!.missing).toEqual(['label', 'spring'])
    expect(result).toMatchObject({ completeness: 0.75, observedCompleteness: 0.5 })
    expect(traceCompleteness([], [])).toEqual({ lots: [], completeness: null, observedCompleteness: null })
  })
})

describe('narrowing by a hopper change', () => {
  it('separates the pieces of two lots (K10)', () => {
    // 100 pieces a minute for 100 minutes; the second lot is put on after 62 minutes.
    const counts = Array.from({ length: 100 }, (_, i) => ({ at: i * 60_000, pieces: 100 }))
    const loads = [
      { lot: 'HUB-2', fromAt: 62 * 60_000 },
      { lot: 'HUB-1', fromAt: 0 },
    ]
    expect([...piecesByLot(loads, counts)]).toEqual([
      ['HUB-1', 6_200],
      ['HUB-2', 3_800],
    ])
    expect([...piecesByLot([], [{ at: 5, pieces: 3 }])]).toEqual([[null, 3]])
    expect(piecesByLot(loads, []).size).toBe(0)
  })

  it('loses and doubles no piece', () => {
    const load = fc.record({ lot: fc.constantFrom('a', 'b', 'c'), fromAt: fc.nat(50) })
    const count = fc.record({ at: fc.nat(60), pieces: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(load), fc.array(count), (loads, counts) => {
        const sum = [...piecesByLot(loads, counts).values()].reduce((total, pieces) => total + pieces, 0)
        expect(sum).toBe(counts.reduce((total, each) => total + each.pieces, 0))
      }),
    )
  })
})
