import type { Direction, EdgeGraph } from './edge-graph.ts'

export interface WalkOptions {
  direction: Direction
  /** Levels to go; 0 = only the start nodes. Default: until nothing new is found. */
  depth?: number
}

/** What a walk reached, in order of depth. The start nodes come first, with depth 0; none is listed twice. */
export interface Walk {
  nodes: Uint32Array
  depths: Uint16Array
  /** Edges looked at: the cost of the walk. */
  visitedEdges: number
}

/**
 * Every node that can be reached, with the smallest number of levels to it. Shared ancestors and rework loops are walked
 * once. O(visited edges). Start nodes that do not exist are a RangeError.
 */
export function walk(graph: EdgeGraph, starts: Iterable<number>, { direction, depth = Infinity }: WalkOptions): Walk {
  const { offsets, neighbours } = graph.adjacency(direction)
  const { marks, round } = graph.visitMarks()
  const found = new NodeList()
  for (const node of starts) {
    checkNode(graph, node)
    if (marks[node] === round) continue
    marks[node] = round
    found.push(node)
  }
  const levelEnds: number[] = []
  let visitedEdges = 0
  for (let level = 0, from = 0; level < depth && from < found.length; level += 1) {
    const to = found.length
    levelEnds.push(to)
    for (let i = from; i < to; i += 1) {
      const node = found.at(i)
      const end = offsets[node + 1]!
      visitedEdges += end - offsets[node]!
      for (let k = offsets[node]!; k < end; k += 1) {
        const far = neighbours[k]!
        if (marks[far] === round) continue
        marks[far] = round
        found.push(far)
      }
    }
    from = to
  }
  return { nodes: found.toArray(), depths: depthsOf(levelEnds, found.length), visitedEdges }
}

/** Throws a RangeError for a node that the graph does not have. */
export function checkNode(graph: EdgeGraph, node: number): void {
  if (!(Number.isInteger(node) && node >= 0 && node < graph.columns.nodeCount))
    throw new RangeError(`no such node: ${node}`)
}

/** Depth of each found node, when level L ends at `levelEnds[L]`; beyond 65 535 levels it stays there. */
export function depthsOf(levelEnds: readonly number[], count: number): Uint16Array {
  const depths = new Uint16Array(count)
  let from = 0
  levelEnds.forEach((end, level) => {
    depths.fill(Math.min(level, 0xffff), from, end)
    from = end
  })
  return depths.fill(Math.min(levelEnds.length, 0xffff), from)
}

/** A list of node numbers that grows by doubling. */
export class NodeList {
  length = 0
  private items = new Uint32Array(1_024)

  push(node: number): void {
    if (this.length === this.items.length) {
      const larger = new Uint32Array(this.items.length * 2)
      larger.set(this.items)
      this.items = larger
    }
    this.items[this.length] = node
    this.length += 1
  }

  at(index: number): number {
    return this.items[index]!
  }

  toArray(): Uint32Array {
    return this.items.slice(0, this.length)
  }
}
