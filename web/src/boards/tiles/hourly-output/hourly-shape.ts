import type { TileData } from '@gemba/contracts/board'

/** The largest count that has to fit: made or wanted. */
export function largestCount(hours: TileData<'hourly-output'>['hours']): number {
  return Math.max(0, ...hours.flatMap((hour) => [hour.good ?? 0, hour.target ?? 0]))
}

/** The step line of the targets as an SVG path; it is interrupted where no target is set. */
export function targetPath(
  hours: TileData<'hourly-output'>['hours'],
  x: (index: number) => number,
  y: (count: number) => number,
): string {
  let path = ''
  let isOpen = false
  for (const [index, hour] of hours.entries()) {
    if (hour.target === null) {
      isOpen = false
      continue
    }
    const level = y(hour.target).toFixed(1)
    path += `${isOpen ? 'L' : 'M'}${x(index).toFixed(1)} ${level}H${x(index + 1).toFixed(1)}`
    isOpen = true
  }
  return path
}
