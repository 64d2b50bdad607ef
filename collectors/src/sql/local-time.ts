/** Instants of naive local times. Policy: a time that occurs twice is the earlier one, a time that does not occur is moved on by the gap. */
import type { TimeCertainty } from '@gemba/contracts/quality-record'

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formatters.set(zone, made)
  return made
}

/** Offset of a zone at an instant, ms east of UTC. */
function offsetAt(zone: string, at: number): number {
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const asUtc = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'],
    parts['hour'],
    parts['minute'],
    parts['second'],
  )
  return asUtc - Math.floor(at / 1000) * 1000
}

/** The instant of a wall-clock time given as if it were UTC (ms). */
export function instantOfWallClock(zone: string, wallMs: number): number {
  return wallClock(zone, wallMs).at
}

/** An instant read from local time, and whether the clock of the zone showed that time once, twice or never. */
export interface WallClock {
  at: number
  certainty: TimeCertainty
}

function wallClock(zone: string, wallMs: number): WallClock {
  const offsets = [offsetAt(zone, wallMs - 86_400_000), offsetAt(zone, wallMs + 86_400_000)]
  const candidates = [...new Set(offsets)]
    .map((offset) => wallMs - offset)
    .filter((at) => at + offsetAt(zone, at) === wallMs)
  if (candidates.length === 0) return { at: wallMs - (offsets[0] ?? 0), certainty: 'skipped' }
  return { at: Math.min(...candidates), certainty: candidates.length > 1 ? 'ambiguous' : 'exact' }
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d{1,9})?$/

/** The instant of a timestamp without zone such as `2026-10-25 02:30:00.123`; null when it is none. */
export function instantOfLocalText(zone: string, text: string | null): WallClock | null {
  const [, date, time, fraction = ''] = LOCAL.exec(text ?? '') ?? []
  const wallMs = Date.parse(`${date ?? ''}T${time ?? ''}${fraction.slice(0, 4)}Z`)
  return Number.isNaN(wallMs) ? null : wallClock(zone, wallMs)
}

/** SAP date `YYYYMMDD` and time `HHMMSS` in the plant's zone; null for the empty date. */
export function instantOfDats(zone: string, date: string | null, time: string | null): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? '')
  if (!match || date === '00000000') return null
  const [, year, month, day] = match.map(Number)
  const clock = /^(\d{2})(\d{2})(\d{2})$/.exec(time ?? '000000')?.map(Number) ?? [0, 0, 0, 0]
  return instantOfWallClock(zone, Date.UTC(year ?? 0, (month ?? 1) - 1, day, clock[1], clock[2], clock[3]))
}
