import { EdgeGraph, type Direction } from './edge-graph.ts'
import { walk, type Walk } from './walk.ts'
import { walkInTime, type TimedWalkOptions } from './walk-in-time.ts'

/** `input` was consumed into (or packed, loaded, reworked into) `output`. `at` in ms; absent or null = unknown. */
export interface GenealogyEdge {
  input: string
  output: string
  at?: number | null
}

/** Lots and serials by name over an `EdgeGraph`. */
export interface Genealogy {
  graph: EdgeGraph
  /** Name of each node. */
  names: readonly string[]
  nodes: ReadonlyMap<string, number>
}

/** A genealogy from edges by name. O(edges). Only when at least one edge has a time are times kept. */
export function genealogyOf(edges: readonly GenealogyEdge[]): Genealogy {
  const nodes = new Map<string, number>()
  const names: string[] = []
  const nodeOf = (name: string): number => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    nodes.set(name, names.length)
    return names.push(name) - 1
  }
  const inputs = new Uint32Array(edges.length)
  const outputs = new Uint32Array(edges.length)
  const times = new Float64Array(edges.length)
  let isTimed = false
  edges.forEach((edge, i) => {
    inputs[i] = nodeOf(edge.input)
    outputs[i] = nodeOf(edge.output)
    times[i] = edge.at ?? Number.NaN
    isTimed ||= edge.at !== undefined && edge.at !== null
  })
  const columns = { nodeCount: names.length, inputs, outputs }
  return { graph: new EdgeGraph(isTimed ? { ...columns, times } : columns), names, nodes }
}

/** One lot that a trace reached. */
export interface TracedLot {
  lot: string
  /** Smallest number of levels from a start lot. */
  depth: number
}

export interface TraceOptions extends Omit<TimedWalkOptions, 'direction'> {
  /** Only paths that time allows; see `walkInTime`. A window implies it. */
  inTime?: boolean
}

/**
 * Where-from: everything that went into the lots given, over any number of levels, nearest first, then by name; without
 * the lots themselves. Lots that have no edge are unknown to the genealogy and have no ancestors. Source: domain
 * rule 4.1; ISA-95 genealogy.
 */
export function whereFrom(genealogy: Genealogy, lots: readonly string[], options: TraceOptions = {}): TracedLot[] {
  return trace(genealogy, lots, { ...options, direction: 'backward' })
}

/**
 * Where-used: everything made from the lots given; the same rules as `whereFrom`. Source: domain rule 4.1; ISA-95
 * genealogy.
 */
export function whereUsed(genealogy: Genealogy, lots: readonly string[], options: TraceOptions = {}): TracedLot[] {
  return trace(genealogy, lots, { ...options, direction: 'forward' })
}

function trace(
  { graph, names, nodes }: Genealogy,
  lots: readonly string[],
  options: TraceOptions & { direction: Direction },
): TracedLot[] {
  const starts = lots.flatMap((lot) => nodes.get(lot) ?? [])
  const isTimed = options.inTime === true || options.window !== undefined
  const reached: Walk = isTimed ? walkInTime(graph, starts, options) : walk(graph, starts, options)
  const traced: TracedLot[] = []
  reached.nodes.forEach((node, i) => {
    if (reached.depths[i]! > 0) traced.push({ lot: names[node]!, depth: reached.depths[i]! })
  })
  return traced.sort((a, b) => a.depth - b.depth || (a.lot < b.lot ? -1 : 1))
}

/** What a trace reached of one material. */
export interface TracedMaterial {
  /** Null = material unknown. */
  material: string | null
  /** Smallest depth of its lots. */
  depth: number
  lots: string[]
}

/** A trace collapsed by material, nearest first, then by material (unknown last); lots in the order of the trace. */
export function byMaterial(lots: readonly TracedLot[], materialOf: (lot: string) => string | null): TracedMaterial[] {
  const found = new Map<string | null, TracedMaterial>()
  for (const { lot, depth } of lots) {
    const material = materialOf(lot)
    const group = found.get(material) ?? { material, depth, lots: [] }
    group.depth = Math.min(group.depth, depth)
    group.lots.push(lot)
    found.set(material, group)
  }
  const key = ({ material }: TracedMaterial): string => material ?? '\uffff'
  return [...found.values()].sort((a, b) => a.depth - b.depth || (key(a) < key(b) ? -1 : 1))
}

/**
 * Lots that shared a batch step with the lots given: other inputs of what they went into (one resin hopper, one
 * sterilisation load) and other outputs of what they came from, sorted; without the lots themselves. Source: domain
 * rule 4.1.
 */
export function companions({ graph, names, nodes }: Genealogy, lots: readonly string[]): string[] {
  const starts = lots.flatMap((lot) => nodes.get(lot) ?? [])
  const direct = (from: Iterable<number>, direction: Direction): Uint32Array => {
    const reached = walk(graph, from, { direction, depth: 1 })
    return reached.nodes.filter((_, i) => reached.depths[i] === 1)
  }
  const beside = new Set<number>([
    ...walk(graph, direct(starts, 'forward'), { direction: 'backward', depth: 1 }).nodes,
    ...walk(graph, direct(starts, 'backward'), { direction: 'forward', depth: 1 }).nodes,
  ])
  const steps = new Set<number>([...starts, ...direct(starts, 'forward'), ...direct(starts, 'backward')])
  return [...beside].flatMap((node) => (steps.has(node) ? [] : [names[node]!])).sort()
}
