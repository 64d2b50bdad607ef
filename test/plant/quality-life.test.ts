/** Lots and inspections of two weeks of the plant: planted facts hold exactly, and the same seed lives the same life. */
import { describe, expect, it } from 'vitest'
import { QUALITY_KEYS, type QualityFact, type TruthLine } from './quality-facts.ts'
import { DEFECT_SHARES } from './quality-defects.ts'
import { World } from './world.ts'

const DAY_MS = 86_400_000
const EPOCH_AT = Date.parse('2026-10-21T23:00:00Z')

interface Told {
  facts: QualityFact[]
  truths: TruthLine[]
  /** Pieces of T1 and of the cells F1 by result, and when ST01 ended a load, as their counters say it. */
  counted: { tested: Record<string, number>; assembled: number; loadsAt: number[] }
}

function live(days: number, stepMs = days * DAY_MS): Told {
  const world = new World({
    seed: 11,
    epochAt: EPOCH_AT,
    calendarSet: 'reference',
    segments: [{ fromAt: EPOCH_AT, set: 'reference' }],
  })
  const counted = { tested: { good: 0, rework: 0, scrap: 0 }, assembled: 0, loadsAt: [] as number[] }
  const told: Told = { facts: [], truths: [], counted }
  for (let at = EPOCH_AT + stepMs; at <= EPOCH_AT + days * DAY_MS; at += stepMs) {
    for (const unit of world.units)
      for (const { event } of world.happenings(unit, at)) {
        if (event.kind !== 'pieces') continue
        const { code } = unit.place
        if (code === 'ST01') counted.loadsAt.push(event.at)
        if (code.startsWith('F1-')) counted.assembled += event.good + event.rework
        if (code === 'T1')
          for (const result of ['good', 'rework', 'scrap'] as const) counted.tested[result] += event[result]
      }
    const { facts, truths } = world.quality.until(at)
    told.facts.push(...facts)
    told.truths.push(...truths)
  }
  return told
}
const text = (value: unknown): string => String(value)
const fortnight = live(14)
const truths = (kind: string) => fortnight.truths.filter((line) => line.k === kind)
const latest = (kind: string, key: (line: TruthLine) => string) =>
  new Map(truths(kind).map((line) => [key(line), line] as const))

function sums(lines: Iterable<TruthLine>, key: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of lines)
    found.set(text(line[key]), (found.get(text(line[key])) ?? 0) + Number(line['quantity'] ?? 0))
  return found
}

describe('lots of the plant', { timeout: 60_000 }, () => {
  it('are the same however often the plant is asked', () => {
    expect(live(2, DAY_MS / 7)).toEqual(live(2))
  })

  it('reach with the suspect resin exactly 6 moulding, 11 assembly, 9 pack lots and 2 sterilisation loads', () => {
    const stage = new Map(truths('lot').map((line) => [text(line['lot']), text(line['stage'])]))
    const outputs = Map.groupBy(truths('edge'), (line) => text(line['input']))
    const affected = new Set(['RM-PP-0007'])
    for (const lot of affected) for (const edge of outputs.get(lot) ?? []) affected.add(text(edge['output']))
    const counts = Map.groupBy(affected, (lot) => stage.get(lot))
    const wanted = ['moulded', 'assembled', 'packed', 'load'].map((name) => counts.get(name)?.length)
    expect(wanted).toEqual([6, 11, 9, 2])
  })

  it('balance to the piece, but for the scrap that nobody wrote down', () => {
    const edges = [...latest('edge', (line) => text(line['key'])).values()]
    const children = Map.groupBy(
      edges.filter((edge) => edge['relation'] === 'aggregation'),
      (edge) => text(edge['input']),
    )
    const used = sums(
      edges.filter((edge) => edge['relation'] === 'transformation'),
      'input',
    )
    const stock = sums(latest('lot-stock', (line) => `${text(line['lot'])}/${text(line['location'])}`).values(), 'lot')
    const moved = sums(truths('lot-movement'), 'lot')
    const residuals = [...latest('lot', (line) => text(line['lot'])).values()]
      .filter((lot) => !['container', 'pallet', 'load'].includes(text(lot['stage'])))
      .map((lot) => {
        const name = text(lot['lot'])
        const own = [name, ...(children.get(name) ?? []).map((edge) => text(edge['output']))]
        const known = own.reduce(
          (sum, each) => sum + (used.get(each) ?? 0) + (stock.get(each) ?? 0) + (moved.get(each) ?? 0),
          0,
        )
        return [name, Math.round((Number(lot['quantity']) - known) * 1e4) / 1e4] as const
      })
      .filter(([, residual]) => residual !== 0)
    expect(residuals).toEqual([['RM-PP-0007', 1]])
  })

  it('hold two resin lots, 62 and 38 per cent of the pieces, where a hopper was changed in the middle', () => {
    const split = truths('hopper').filter((line) => line['isPlanted'] === true)
    expect(new Set(split.map((line) => line['input'])).size).toBe(2)
    const [first, second] = split.map((line) => Number(line['pieces']))
    expect(Number(first) / (Number(first) + Number(second))).toBeCloseTo(0.62, 2)
  })
})

describe('inspections of the plant', { timeout: 60_000 }, () => {
  it('find moulding defects in their fixed shares', () => {
    const mould = truths('defect').filter(
      (line) => text(line['unit']).startsWith('IM') && line['disposition'] === 'scrap',
    )
    const found = sums(mould, 'defect')
    const all = [...found.values()].reduce((sum, each) => sum + each, 0)
    for (const [defect, share] of DEFECT_SHARES.mould)
      expect(Math.abs((found.get(defect) ?? 0) - (all * share) / 100)).toBeLessThanOrEqual(8)
  })

  it('let 95 per cent of the pumps pass the first time, and end every rework', () => {
    const passes = Map.groupBy(truths('test'), (line) => text(line['serial']))
    const first = [...passes.values()].filter((list) => list.some((line) => line['pass'] === 1))
    const good = first.filter((list) => list[0]?.['result'] === 'good').length
    expect(good / first.length).toBeGreaterThan(0.93)
    expect(good / first.length).toBeLessThan(0.97)
    expect(Math.max(...[...passes.values()].map((list) => list.length))).toBe(3)
  })

  it('test pump after pump as the tester counts them, each of a pump that a cell had built', () => {
    const results = Map.groupBy(truths('test'), (line) => text(line['result']))
    const { tested, assembled } = fortnight.counted
    for (const [result, pieces] of Object.entries(tested))
      expect([result, results.get(result)?.length]).toEqual([result, pieces])
    const edges = truths('edge').filter(
      (line) => text(line['output']).startsWith('PUMP-200-') && line['relation'] === 'transformation',
    )
    const ofCells = edges.filter((line) => text(line['input']) !== 'F-OPENING')
    // The last tray of each of three cells is not full yet.
    expect(assembled - ofCells.length).toBeGreaterThanOrEqual(0)
    expect(assembled - ofCells.length).toBeLessThan(30)
    const builtAt = new Map(edges.map((line) => [text(line['output']), line.t]))
    for (const line of truths('test'))
      expect(line.t).toBeGreaterThanOrEqual(builtAt.get(text(line['serial'])) ?? Infinity)
  })

  it('sterilise in the loads that ST01 runs, each pallet once, and release them half a day later', () => {
    const releasedAt = fortnight.facts.flatMap(({ at, table, row }) =>
      table === 'lot' && row['stage'] === 'load' && row['status'] === 'released' ? [at] : [],
    )
    const ends = new Set(fortnight.counted.loadsAt)
    expect(releasedAt.length).toBeGreaterThan(20)
    for (const at of releasedAt) expect(ends.has(at - 12 * 3_600_000)).toBe(true)
    const pallets = truths('edge')
      .filter((line) => text(line['input']).startsWith('PAL-'))
      .map((line) => line['input'])
    expect(new Set(pallets).size).toBe(pallets.length)
  })

  it('come in order of time, each with its key', () => {
    const { facts } = fortnight
    expect(facts.every((fact, index) => index === 0 || fact.at >= (facts[index - 1]?.at ?? 0))).toBe(true)
    expect(facts.every((fact) => fact.key === text(fact.row[QUALITY_KEYS[fact.table]]))).toBe(true)
  })
})
