import { expect, it } from 'vitest'
import { SettledCursor } from './settled-cursor.ts'

const OVERLAP_MS = 1_000
const cursor = (second: number, key = 'A') => ({ changed: `2026-11-21 05:00:0${second}+00`, key })

/** A round that takes 100 ms. */
function read(settled: SettledCursor, at: ReturnType<typeof cursor>, startedMs: number): void {
  settled.read(at, { startedMs, endedMs: startedMs + 100, overlapMs: OVERLAP_MS })
}

it('settles when everything was read again long after the cursor was first seen', () => {
  const settled = new SettledCursor()
  read(settled, cursor(1), 0)
  expect(settled.cursor).toBeNull()
  read(settled, cursor(1), 4_000)
  expect(settled.cursor).toBeNull()
  read(settled, cursor(1), 4_100)
  expect(settled.cursor).toEqual(cursor(1))
})

it('begins anew whenever the cursor moves, be it by the key alone, and keeps what had settled', () => {
  const settled = new SettledCursor()
  read(settled, cursor(1), 0)
  read(settled, cursor(1, 'B'), 4_000)
  read(settled, cursor(1, 'B'), 8_000)
  expect(settled.cursor).toBeNull()
  read(settled, cursor(1, 'B'), 8_100)
  read(settled, cursor(2), 9_000)
  expect(settled.cursor).toEqual(cursor(1, 'B'))
})
