import { describe, expect, it } from 'vitest'
import { serialLineAvailability } from './reliability.ts'
import {
  correctiveMaintenanceRatio,
  failureRate,
  meanTimeToFailure,
  repairTimes,
  type FailureEvent,
} from './repair-times.ts'

const failure = (failedAt: number, changes: Partial<FailureEvent> = {}): FailureEvent => ({
  failedAt,
  calledAt: null,
  arrivedAt: null,
  repairedAt: null,
  restoredAt: null,
  ...changes,
})
const window = { fromAt: 0, toAt: 1_000 }

describe('repair times', () => {
  it('give all four means', () => {
    // Respond (10 + 30)/2, repair (40 + 20)/2, recover (5 + 15)/2, restore (60 + 80)/2.
    const events = [
      failure(100, { calledAt: 105, arrivedAt: 115, repairedAt: 155, restoredAt: 160 }),
      failure(200, { calledAt: 215, arrivedAt: 245, repairedAt: 265, restoredAt: 280 }),
    ]
    expect(repairTimes(events, window, 2_000)).toEqual({
      failures: 2,
      open: 0,
      isProvisional: false,
      respondMs: 20,
      repairMs: 30,
      recoverMs: 10,
      restoreMs: 70,
    })
  })

  it('count an open failure with its elapsed time and call the figure provisional', () => {
    expect(repairTimes([failure(900)], window, 950)).toMatchObject({ failures: 1, isProvisional: true, restoreMs: 50 })
    // Restored later than we know: still open.
    expect(repairTimes([failure(900, { restoredAt: 990 })], window, 950)).toMatchObject({ open: 1, restoreMs: 50 })
  })

  it('count a failure once, in the window in which it began', () => {
    const across = [failure(990, { restoredAt: 1_020 })]
    expect(repairTimes(across, window, 5_000)).toMatchObject({ failures: 1, restoreMs: 30 })
    expect(repairTimes(across, { fromAt: 1_000, toAt: 2_000 }, 5_000)).toMatchObject({ failures: 0, restoreMs: null })
    expect(repairTimes([failure(960)], window, 950).failures).toBe(0)
  })

  it('leave stamps out that run backwards', () => {
    expect(
      repairTimes([failure(100, { calledAt: 120, arrivedAt: 110, restoredAt: 150 })], window, 2_000),
    ).toMatchObject({
      respondMs: null,
      restoreMs: 50,
    })
  })
})

describe('reliability ratios', () => {
  it('of worked examples', () => {
    // Heizer/Render 17: 2 failures in 18 800 unit-hours: 1.0638e-4 per hour, not the rounded .000106.
    expect(failureRate(2, 18_800)).toBeCloseTo(0.00010638297872, 14)
    expect(failureRate(0, 10)).toBe(0)
    expect(failureRate(1, 0)).toBeNull()
    // Bulbs that failed after 800, 1000 and 1200 h.
    expect(meanTimeToFailure([800, 1_000, 1_200])).toBe(1_000)
    expect(meanTimeToFailure([])).toBeNull()
    // 30 h corrective of 120 h.
    expect(correctiveMaintenanceRatio(30, 90)).toBe(0.25)
    expect(correctiveMaintenanceRatio(0, 0)).toBeNull()
  })

  it('of a serial line whose station never fails, or only fails', () => {
    // 1/(1 + 0.5/10 + 0) = 0.952380…
    expect(
      serialLineAvailability([
        { mtbf: 10, mttr: 0.5 },
        { mtbf: null, mttr: 1 },
      ]),
    ).toBeCloseTo(1 / 1.05, 12)
    expect(serialLineAvailability([{ mtbf: 0, mttr: 1 }])).toBeNull()
    expect(serialLineAvailability([])).toBe(1)
  })
})
