/** A cumulative count as a step path; `points` are `[at, count]`, ascending. */
export function stepPath(
  points: readonly (readonly [number, number])[],
  x: (at: number) => number,
  y: (count: number) => number,
): string {
  let path = ''
  for (const [index, [at, count]] of points.entries())
    path += index === 0 ? `M${x(at).toFixed(1)} ${y(count).toFixed(1)}` : `H${x(at).toFixed(1)}V${y(count).toFixed(1)}`
  return path
}

/** The same points joined straight: what is only expected has no steps. */
export function linePath(
  points: readonly (readonly [number, number])[],
  x: (at: number) => number,
  y: (count: number) => number,
): string {
  return points
    .map(([at, count], index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(count).toFixed(1)}`)
    .join('')
}

/** The last count at or before an instant, 0 before the first. */
export function countAt(points: readonly (readonly [number, number])[], at: number): number {
  return points.findLast(([pointAt]) => pointAt <= at)?.[1] ?? 0
}
