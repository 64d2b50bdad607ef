import type { TileData } from '@gemba/contracts/board'
import { type StateLook, lookOf } from '../../equipment-states.ts'

type Row = TileData<'state-timeline'>['rows'][number]

/** One drawn stretch: pixels from the left end of the axis. */
export interface TimelineSegment {
  x: number
  width: number
  look: StateLook
}

/** Below this width (px) a stretch is a tick, and neighbouring ticks are one. */
const NARROW = 2
const TICK_WIDTH = 3

/** The axis: `[fromAt, toAt)` over `width` pixels. */
export interface TimelineAxis {
  fromAt: number
  toAt: number
  width: number
}

export function xOf(at: number, axis: TimelineAxis): number {
  return ((at - axis.fromAt) / (axis.toAt - axis.fromAt)) * axis.width
}

/**
 * The stretches of one row. Neighbours of one look are joined; what is narrower than two pixels becomes a tick of three,
 * and ticks that would touch are one: the eye sees density, not a smear.
 */
export function segmentsOf(row: Row, axis: TimelineAxis): TimelineSegment[] {
  const segments: TimelineSegment[] = []
  for (const interval of row.intervals) {
    const look = lookOf(interval.state)
    if (look === null) continue
    const x = Math.max(0, xOf(interval.fromAt, axis))
    const width = Math.min(axis.width, xOf(interval.toAt, axis)) - x
    if (width <= 0) continue
    const isTick = width < NARROW && look !== 'run'
    const segment = isTick
      ? { x: Math.max(0, x - (TICK_WIDTH - width) / 2), width: TICK_WIDTH, look }
      : { x, width, look }
    const before = segments.findLast((each) => each.look === look)
    if (before && segment.x <= before.x + before.width + (isTick ? 1 : 0.01))
      before.width = Math.max(before.width, segment.x + segment.width - before.x)
    else segments.push(segment)
  }
  // Running is a thin bar below everything else.
  return segments.toSorted((a, b) => Number(b.look === 'run') - Number(a.look === 'run'))
}

const MINUTE_MS = 60_000
const STEPS = [5, 10, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS)

/** Marks of the axis: at most nine, on full steps counted from its beginning. */
export function axisTicks(axis: TimelineAxis): number[] {
  const span = axis.toAt - axis.fromAt
  const step = STEPS.find((each) => span / each <= 9) ?? span
  const ticks: number[] = []
  for (let at = axis.fromAt; at <= axis.toAt; at += step) ticks.push(at)
  return ticks
}
