import type { EdgeGraph } from './edge-graph.ts'
import { checkNode, depthsOf, NodeList, type Walk, type WalkOptions } from './walk.ts'

export interface TimedWalkOptions extends WalkOptions {
  /** Only edges that leave the start nodes inside `[fromAt, toAt)`; edges of unknown time count. */
  window?: { fromAt: number; toAt: number }
  /** How far the clocks of two records of one event may differ, ms; default 0. */
  slackMs?: number
}

/**
 * Like `walk`, along paths that time allows: what was consumed into a lot before the suspect reached that lot is not
 * affected (backward: what a lot took in after it was consumed is no ancestor). Edges of unknown time are always possible
 * and make what they reach suspect from the beginning, so that a scope is never too small. The depth of a node is the
 * smallest number of levels of such a path.
 *
 * Each edge is used once, at the first level at which it is possible: the edges of a node are sorted by time and a node
 * that is reached again, earlier than before, only adds the edges in between. O(visited edges). Needs times; without them
 * every path is possible.
 */
export function walkInTime(graph: EdgeGraph, starts: Iterable<number>, options: TimedWalkOptions): Walk {
  const walker = new TimedWalk(graph, options)
  const levelEnds: number[] = []
  walker.start(starts)
  for (let level = 0; level < (options.depth ?? Infinity) && walker.hasFrontier; level += 1) {
    levelEnds.push(walker.found.length)
    walker.expand(level === 0 ? windowOf(options) : ALWAYS)
  }
  const count = walker.found.length
  return { nodes: walker.found.toArray(), depths: depthsOf(levelEnds, count), visitedEdges: walker.visitedEdges }
}

/** A range of keys, inclusive: keys are times, negated for the backward direction. */
interface KeyRange {
  low: number
  high: number
}

const ALWAYS: KeyRange = { low: -Infinity, high: Infinity }

function windowOf({ window, direction }: TimedWalkOptions): KeyRange {
  if (!window) return ALWAYS
  const last = window.toAt - 1
  return direction === 'forward' ? { low: window.fromAt, high: last } : { low: -last, high: -window.fromAt }
}

class TimedWalk {
  readonly found = new NodeList()
  visitedEdges = 0
  private readonly graph: EdgeGraph
  private readonly options: TimedWalkOptions
  /** Of each found node: the earliest key at which it is suspect, and the next edge to look at. */
  private readonly slots = new Map<number, number>()
  private readonly reachedAt: number[] = []
  private readonly nextEdge: number[] = []
  /** Pairs of slot and key that the next level starts from. */
  private frontier: number[] = []

  constructor(graph: EdgeGraph, options: TimedWalkOptions) {
    this.graph = graph
    this.options = options
  }

  get hasFrontier(): boolean {
    return this.frontier.length > 0
  }

  start(starts: Iterable<number>): void {
    for (const node of starts) {
      checkNode(this.graph, node)
      this.reach(node, -Infinity)
    }
  }

  /** One level: uses every edge that has become possible and lies in the range. */
  expand(range: KeyRange): void {
    const { offsets, neighbours, times } = this.graph.adjacency(this.options.direction)
    const slack = this.options.slackMs ?? 0
    const frontier = this.frontier
    this.frontier = []
    for (let i = 0; i < frontier.length; i += 2) {
      const slot = frontier[i]!
      const since = frontier[i + 1]! - slack
      const node = this.found.at(slot)
      const end = offsets[node + 1]!
      let k = this.nextEdge[slot]!
      for (; k < end; k += 1) {
        const key = times === null ? Infinity : times[k]!
        if (key < since) break
        this.visitedEdges += 1
        if (key === Infinity) this.reach(neighbours[k]!, -Infinity)
        else if (key >= range.low && key <= range.high) this.reach(neighbours[k]!, key)
      }
      this.nextEdge[slot] = k
    }
  }

  private reach(node: number, key: number): void {
    let slot = this.slots.get(node)
    if (slot === undefined) {
      slot = this.found.length
      this.slots.set(node, slot)
      this.found.push(node)
      this.nextEdge.push(this.graph.adjacency(this.options.direction).offsets[node]!)
    } else if (key >= this.reachedAt[slot]!) return
    this.reachedAt[slot] = key
    this.frontier.push(slot, key)
  }
}
