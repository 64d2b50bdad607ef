import type { NumberValue } from '@gemba/contracts/value'

/** A good value of now for tests; `sourceTime` and the rest can be changed. */
export function valueOf(
  value: number | null,
  unit: NumberValue['unit'] = 'ratio',
  more: Partial<NumberValue> = {},
): NumberValue {
  return {
    value,
    unit,
    quality: 'good',
    sourceTime: '2026-11-21T06:00:00.000Z',
    receivedTime: '2026-11-21T06:00:00.100Z',
    coverage: 1,
    freshness: { periodMs: 2_000, limitMs: 60_000 },
    sources: ['mqtt-asm'],
    lineageRef: null,
    ...(value === null ? { missing: 'no-data' as const } : {}),
    ...more,
  }
}
