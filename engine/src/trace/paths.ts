import type { Genealogy } from './genealogy.ts'
import { walk } from './walk.ts'

/** Longer ways are not listed: no routing has so many levels, and loops could make up any number of them. */
const LONGEST_WAY = 64

/**
 * How one lot got into another: up to `limit` ways from `from` to `to`, each a list of lots from first to last, shortest
 * first, then by name. A way visits no lot twice, so rework loops end. Only lots that lie on some way are looked at.
 * Doubled edges make one way. Empty when there is no way, or when both are the same lot. Source: domain rule 4.1.
 */
export function waysBetween(genealogy: Genealogy, { from, to }: { from: string; to: string }, limit = 100): string[][] {
  const { graph, names, nodes } = genealogy
  const [start, goal] = [nodes.get(from), nodes.get(to)]
  if (start === undefined || goal === undefined || start === goal || limit <= 0) return []
  const toGoal = walk(graph, [goal], { direction: 'backward' })
  const distance = new Map<number, number>()
  toGoal.nodes.forEach((node, i) => distance.set(node, toGoal.depths[i]!))
  if (!distance.has(start)) return []
  const next = (node: number): number[] => {
    const { offsets, neighbours } = graph.adjacency('forward')
    const direct = new Set(neighbours.subarray(offsets[node]!, offsets[node + 1]!))
    return [...direct].filter((each) => distance.has(each)).sort((a, b) => (names[a]! < names[b]! ? -1 : 1))
  }
  const search: Search = { goal, length: distance.get(start)!, limit, distance, next, ways: [], hasLonger: true }
  // Every round looks for ways of exactly one more edge, so the short ones come first.
  for (; search.hasLonger && search.ways.length < limit && search.length <= LONGEST_WAY; search.length += 1) {
    search.hasLonger = false
    extend([start], search)
  }
  return search.ways.map((way) => way.map((node) => names[node]!))
}

interface Search {
  goal: number
  /** Number of edges a way must have. */
  length: number
  limit: number
  distance: ReadonlyMap<number, number>
  next: (node: number) => number[]
  ways: number[][]
  /** A way was given up only because it was too long for this round. */
  hasLonger: boolean
}

/** Depth-first, until the limit is reached. */
function extend(way: number[], search: Search): void {
  const node = way.at(-1)!
  const left = search.length - (way.length - 1)
  if (node === search.goal) {
    if (left === 0) search.ways.push([...way])
    return
  }
  for (const each of search.next(node)) {
    if (search.ways.length >= search.limit) return
    if (way.includes(each)) continue
    if (search.distance.get(each)! > left - 1) {
      search.hasLonger = true
      continue
    }
    way.push(each)
    extend(way, search)
    way.pop()
  }
}
