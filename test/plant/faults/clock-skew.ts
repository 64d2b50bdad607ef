import { addDays, instantOfLocal, localDateOf } from '@gemba/engine/time/local-time'
import { type FeedFault, only } from './feed-fault.ts'

const AHEAD_MS = 90_000
const ZONE = 'Asia/Shanghai'
const UNIT = 'SUZ/MOLD/IM/IM04'

/** Set wrong in one lunch break and right in that of the next day, while nothing happens. */
function stretch(epochAt: number): { fromAt: number; toAt: number } {
  const date = addDays(localDateOf(ZONE, epochAt), 1)
  return { fromAt: instantOfLocal(ZONE, date, '11:15'), toAt: instantOfLocal(ZONE, addDays(date, 1), '11:15') }
}

/** The clock of IM04 is 90 s ahead for a day. No program can tell that from the readings; the catalog says it. */
export const clockSkew: FeedFault = {
  name: 'clock-skew',
  concerns: only('IM04'),
  at: ({ epochAt }) => {
    const { fromAt, toAt } = stretch(epochAt)
    const clock = (at: number) => (at >= fromAt && at < toAt ? at + AHEAD_MS : at)
    return {
      clock,
      speak: (readings) => readings.map((reading) => ({ ...reading, at: clock(reading.at) })),
    }
  },
  declare: (catalog, epochAt) => {
    const { fromAt, toAt } = stretch(epochAt)
    const correction = {
      equipment: UNIT,
      fromAt: fromAt + AHEAD_MS,
      toAt: toAt + AHEAD_MS,
      offsetMs: AHEAD_MS,
      name: { zh: 'IM04 时钟快 90 秒', en: 'Clock of IM04 90 s ahead' },
    }
    return {
      ...catalog,
      sites: catalog.sites.map((site) =>
        site.id === 'SUZ' ? { ...site, clockCorrections: [...(site.clockCorrections ?? []), correction] } : site,
      ),
    }
  },
}
