import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EdgeGraph } from './edge-graph.ts'
import {
  byMaterial,
  companions,
  genealogyOf,
  whereFrom,
  whereUsed,
  type GenealogyEdge,
  type TracedLot,
} from './genealogy.ts'
import { waysBetween } from './paths.ts'
import { walk } from './walk.ts'
import { walkInTime } from './walk-in-time.ts'

const edgesOf = (...pairs: string[]): GenealogyEdge[] =>
  pairs.map((pair) => {
    const [input, output, at] = pair.split(/[>@]/)
    return { input: input!, output: output!, ...(at === undefined ? {} : { at: Number(at) }) }
  })
const names = (lots: TracedLot[]): string[] => lots.map((each) => each.lot).sort()

/** The fixture of the domain reference: split, merge, shared component, sterilisation load of two packs. */
const factory = edgesOf(
  'RM7>MB1',
  'RM7>MB2',
  'RM8>MB2',
  'SP3>AS1',
  'MB1>AS1',
  'MB2>AS2',
  'SP3>AS2',
  'AS1>PK1',
  'AS2>PK1',
  'AS2>PK2',
  'PK1>ST9',
  'PK2>ST9',
  'RM8>MB3',
  'MB3>AS3',
  'AS3>PK3',
)

describe('where-used and where-from', () => {
  const genealogy = genealogyOf(factory)

  it('list every lot once, nearest first', () => {
    expect(whereUsed(genealogy, ['RM7'])).toEqual([
      { lot: 'MB1', depth: 1 },
      { lot: 'MB2', depth: 1 },
      { lot: 'AS1', depth: 2 },
      { lot: 'AS2', depth: 2 },
      { lot: 'PK1', depth: 3 },
      { lot: 'PK2', depth: 3 },
      { lot: 'ST9', depth: 4 },
    ])
    expect(names(whereFrom(genealogy, ['PK3']))).toEqual(['AS3', 'MB3', 'RM8'])
  })

  it('show two lots of the same component in one order', () => {
    // ERPNext listed only one of them.
    const twice = genealogyOf(edgesOf('HUB-1>AS', 'HUB-2>AS', 'HUB-1>AS'))
    expect(names(whereFrom(twice, ['AS']))).toEqual(['HUB-1', 'HUB-2'])
  })

  it('stop at a depth, and know nothing about unknown lots', () => {
    expect(names(whereUsed(genealogy, ['RM7'], { depth: 2 }))).toEqual(['AS1', 'AS2', 'MB1', 'MB2'])
    expect(whereUsed(genealogy, ['RM7'], { depth: 0 })).toEqual([])
    expect(whereUsed(genealogy, ['nothing'])).toEqual([])
    expect(whereUsed(genealogyOf([]), ['RM7'])).toEqual([])
    expect(whereUsed(genealogy, [])).toEqual([])
  })

  it('end in rework loops and self-loops', () => {
    const loop = genealogyOf(edgesOf('A>B', 'B>C', 'C>B', 'C>A', 'A>A'))
    expect(whereUsed(loop, ['A'])).toEqual([
      { lot: 'B', depth: 1 },
      { lot: 'C', depth: 2 },
    ])
    expect(names(whereFrom(loop, ['A']))).toEqual(['B', 'C'])
  })

  it('collapse by material', () => {
    const lots = whereUsed(genealogy, ['RM7'])
    const materials = byMaterial(lots, (lot) => (lot.startsWith('ST') ? null : lot.slice(0, 2)))
    expect(materials).toEqual([
      { material: 'MB', depth: 1, lots: ['MB1', 'MB2'] },
      { material: 'AS', depth: 2, lots: ['AS1', 'AS2'] },
      { material: 'PK', depth: 3, lots: ['PK1', 'PK2'] },
      { material: null, depth: 4, lots: ['ST9'] },
    ])
    expect(byMaterial([], () => null)).toEqual([])
  })

  it('name what shared a load', () => {
    expect(companions(genealogy, ['PK1'])).toEqual(['PK2'])
    expect(companions(genealogy, ['MB1'])).toEqual(['MB2', 'SP3'])
    expect(companions(genealogy, ['nothing'])).toEqual([])
  })
})

describe('paths that time allows', () => {
  it('leave out what was consumed before the suspect arrived', () => {
    // MB went into AS1 at 40, the suspect resin into MB at 50, MB into AS2 at 60.
    const genealogy = genealogyOf(edgesOf('RM>MB@50', 'MB>AS1@40', 'MB>AS2@60', 'AS1>PK@70'))
    expect(names(whereUsed(genealogy, ['RM']))).toEqual(['AS1', 'AS2', 'MB', 'PK'])
    expect(names(whereUsed(genealogy, ['RM'], { inTime: true }))).toEqual(['AS2', 'MB'])
    expect(names(whereFrom(genealogy, ['AS1'], { inTime: true }))).toEqual(['MB'])
    expect(names(whereFrom(genealogy, ['AS2'], { inTime: true }))).toEqual(['MB', 'RM'])
    expect(names(whereUsed(genealogy, ['RM'], { inTime: true, slackMs: 10 }))).toEqual(['AS1', 'AS2', 'MB', 'PK'])
  })

  it('go on from the earliest arrival, also when it is found on a longer path', () => {
    // X reaches M at 90 directly and at 20 over N: what M gave at 30 is affected.
    const genealogy = genealogyOf(edgesOf('X>M@90', 'X>N@10', 'N>M@20', 'M>P@30', 'M>Q@95'))
    expect(whereUsed(genealogy, ['X'], { inTime: true })).toEqual([
      { lot: 'M', depth: 1 },
      { lot: 'N', depth: 1 },
      { lot: 'Q', depth: 2 },
      { lot: 'P', depth: 3 },
    ])
    expect(names(whereUsed(genealogy, ['X'], { inTime: true, depth: 2 }))).toEqual(['M', 'N', 'Q'])
  })

  it('narrow to what the suspect was used for in a window', () => {
    const genealogy = genealogyOf(edgesOf('RM>A@10', 'RM>B@20', 'RM>C@30', 'B>D@40', 'C>E@5'))
    expect(names(whereUsed(genealogy, ['RM'], { window: { fromAt: 20, toAt: 30 } }))).toEqual(['B', 'D'])
    expect(names(whereFrom(genealogy, ['D'], { window: { fromAt: 0, toAt: 40 } }))).toEqual([])
    expect(names(whereFrom(genealogy, ['D'], { window: { fromAt: 40, toAt: 41 } }))).toEqual(['B', 'RM'])
  })

  it('take an unknown time as always possible', () => {
    const genealogy = genealogyOf([...edgesOf('RM>MB@50', 'MB>AS@40'), { input: 'RM', output: 'MB', at: null }])
    expect(names(whereUsed(genealogy, ['RM'], { inTime: true }))).toEqual(['AS', 'MB'])
  })
})

interface PlainEdge {
  input: number
  output: number
  at: number | null
}

/** Naive reference: one set per level, every edge looked at again each time. */
function levelsBySets(edges: readonly PlainEdge[], starts: readonly number[], depth: number): Map<number, number> {
  const depths = new Map(starts.map((node) => [node, 0]))
  for (let level = 1; level <= depth; level += 1) {
    const before = new Set(depths.keys())
    for (const { input, output } of edges) if (before.has(input) && !depths.has(output)) depths.set(output, level)
  }
  return depths
}

/** Naive reference in time: earliest arrival by relaxing all edges level by level. */
function levelsInTime(edges: readonly PlainEdge[], starts: readonly number[], depth: number): Map<number, number> {
  const depths = new Map(starts.map((node) => [node, 0]))
  let arrival = new Map(starts.map((node) => [node, -Infinity]))
  for (let level = 1; level <= depth; level += 1) {
    const next = new Map(arrival)
    for (const { input, output, at } of edges) {
      const since = arrival.get(input)
      if (since === undefined || (at !== null && at < since)) continue
      const own = at ?? -Infinity
      if (own < (next.get(output) ?? Infinity)) next.set(output, own)
      if (!depths.has(output)) depths.set(output, level)
    }
    arrival = next
  }
  return depths
}

describe('walks agree with a naive reference', () => {
  const NODES = 12
  const node = fc.nat(NODES - 1)
  const edge = fc.record({ input: node, output: node, at: fc.option(fc.nat(8)) })
  const problem = fc.record({
    edges: fc.array(edge, { maxLength: 40 }),
    starts: fc.array(node, { maxLength: 3 }),
    depth: fc.constantFrom(0, 1, 2, 3, 30),
  })
  const graphOf = (edges: PlainEdge[]): EdgeGraph =>
    new EdgeGraph({
      nodeCount: NODES,
      inputs: Uint32Array.from(edges, (each) => each.input),
      outputs: Uint32Array.from(edges, (each) => each.output),
      times: Float64Array.from(edges, (each) => each.at ?? Number.NaN),
    })
  const depthsOf = (reached: { nodes: Uint32Array; depths: Uint16Array }): [number, number][] =>
    [...reached.nodes].map((each, i): [number, number] => [each, reached.depths[i]!]).sort((a, b) => a[0] - b[0])
  const sorted = (levels: Map<number, number>): [number, number][] => [...levels].sort((a, b) => a[0] - b[0])
  const turned = (edges: PlainEdge[]): PlainEdge[] =>
    edges.map(({ input, output, at }) => ({ input: output, output: input, at: at === null ? null : -at }))

  it('over any graph, in both directions', () => {
    fc.assert(
      fc.property(problem, ({ edges, starts, depth }) => {
        const graph = graphOf(edges)
        expect(depthsOf(walk(graph, starts, { direction: 'forward', depth }))).toEqual(
          sorted(levelsBySets(edges, starts, depth)),
        )
        expect(depthsOf(walk(graph, starts, { direction: 'backward', depth }))).toEqual(
          sorted(levelsBySets(turned(edges), starts, depth)),
        )
      }),
      { numRuns: 400 },
    )
  })

  it('over paths that time allows, in both directions, using each edge once', () => {
    fc.assert(
      fc.property(problem, ({ edges, starts, depth }) => {
        const graph = graphOf(edges)
        const forward = walkInTime(graph, starts, { direction: 'forward', depth })
        expect(depthsOf(forward)).toEqual(sorted(levelsInTime(edges, starts, depth)))
        expect(forward.visitedEdges).toBeLessThanOrEqual(edges.length)
        expect(depthsOf(walkInTime(graph, starts, { direction: 'backward', depth }))).toEqual(
          sorted(levelsInTime(turned(edges), starts, depth)),
        )
      }),
      { numRuns: 400 },
    )
  })

  it('and what is used for a lot is where that lot is from', () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 30 }), node, node, (edges, a, b) => {
        const genealogy = genealogyOf(
          edges.map((each) => ({ input: `${each.input}`, output: `${each.output}`, at: each.at })),
        )
        for (const inTime of [false, true]) {
          const used = whereUsed(genealogy, [`${a}`], { inTime }).some((each) => each.lot === `${b}`)
          expect(whereFrom(genealogy, [`${b}`], { inTime }).some((each) => each.lot === `${a}`)).toBe(used)
        }
      }),
    )
  })

  it('and every way between two lots is real, simple and listed once', () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 16 }), node, node, (edges, a, b) => {
        const genealogy = genealogyOf(edges.map((each) => ({ input: `${each.input}`, output: `${each.output}` })))
        const ways = waysBetween(genealogy, { from: `${a}`, to: `${b}` }, 5_000)
        const real = new Set(edges.map((each) => `${each.input}>${each.output}`))
        for (const way of ways) {
          expect(new Set(way).size).toBe(way.length)
          for (let i = 1; i < way.length; i += 1) expect(real.has(`${way[i - 1]}>${way[i]}`)).toBe(true)
        }
        expect(ways.map((way) => way.join('>')).toSorted()).toEqual(a === b ? [] : naiveWays(edges, `${a}`, `${b}`))
        for (let i = 1; i < ways.length; i += 1) expect(ways[i]!.length).toBeGreaterThanOrEqual(ways[i - 1]!.length)
      }),
    )
  })
})

function naiveWays(edges: readonly PlainEdge[], from: string, to: string): string[] {
  const found = new Set<string>()
  const extend = (way: string[]): void => {
    const last = way.at(-1)!
    if (last === to) {
      found.add(way.join('>'))
      return
    }
    for (const { input, output } of edges) {
      if (`${input}` === last && !way.includes(`${output}`)) extend([...way, `${output}`])
    }
  }
  extend([from])
  return [...found].sort()
}

describe('ways between two lots', () => {
  const genealogy = genealogyOf(factory)

  it('list both arms of a diamond', () => {
    expect(waysBetween(genealogy, { from: 'RM7', to: 'ST9' })).toEqual([
      ['RM7', 'MB1', 'AS1', 'PK1', 'ST9'],
      ['RM7', 'MB2', 'AS2', 'PK1', 'ST9'],
      ['RM7', 'MB2', 'AS2', 'PK2', 'ST9'],
    ])
    expect(waysBetween(genealogy, { from: 'RM7', to: 'ST9' }, 2)).toHaveLength(2)
    expect(waysBetween(genealogy, { from: 'ST9', to: 'RM7' })).toEqual([])
    expect(waysBetween(genealogy, { from: 'RM7', to: 'RM7' })).toEqual([])
    expect(waysBetween(genealogy, { from: 'nothing', to: 'RM7' })).toEqual([])
  })

  it('stop at the limit in a graph with more ways than atoms', () => {
    const ladder = Array.from({ length: 40 }, (_, i) =>
      edgesOf(`L${i}>A${i}`, `L${i}>B${i}`, `A${i}>L${i + 1}`, `B${i}>L${i + 1}`),
    ).flat()
    expect(waysBetween(genealogyOf(ladder), { from: 'L0', to: 'L30' }, 50)).toHaveLength(50)
  })
})

describe('a graph', () => {
  it('refuses edges to nowhere and columns that do not fit', () => {
    const inputs = Uint32Array.of(0)
    expect(() => new EdgeGraph({ nodeCount: 1, inputs, outputs: Uint32Array.of(1) })).toThrow('no such node at edge 0')
    expect(() => new EdgeGraph({ nodeCount: 1, inputs, outputs: new Uint32Array() })).toThrow('differ in length')
    expect(() => walk(new EdgeGraph({ nodeCount: 1, inputs, outputs: inputs }), [7], { direction: 'forward' })).toThrow(
      'no such node: 7',
    )
  })

  it('of a million edges is walked at the cost of what is visited', () => {
    const count = 1_000_000
    const inputs = Uint32Array.from({ length: count }, (_, i) => i >> 1)
    const outputs = Uint32Array.from({ length: count }, (_, i) => i + 1)
    const graph = new EdgeGraph({ nodeCount: count + 1, inputs, outputs })
    const reached = walk(graph, [0], { direction: 'forward', depth: 8 })
    // A binary heap: node k comes from (k − 1)/2. Eight levels are 2 + 4 + … + 256 edges; node 10⁶ is 19 levels deep.
    expect(reached.visitedEdges).toBe(510)
    expect(reached.nodes).toHaveLength(511)
    expect(walk(graph, [count], { direction: 'backward' }).visitedEdges).toBe(19)
  })
})
