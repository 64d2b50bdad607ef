import { type FeedFault, only } from './feed-fault.ts'

const TOO_MANY = 2

/** The controller of IM01 counts scrap too high during short stops and takes it back when it runs again. */
export const scrapTakenBack: FeedFault = {
  name: 'scrap-taken-back',
  concerns: only('IM01'),
  at: ({ unit }) => {
    let scrap = 0
    let isHigh = false
    return {
      speak: (readings, event) => {
        for (const { role, value } of readings) if (role === 'scrap') scrap = Number(value)
        if (event.kind !== 'state') return [...readings]
        // Inside one hour, so that no shift ends between the two.
        const minute = Math.floor(event.at / 60_000) % 60
        const shallBeHigh = event.truth === 'MICRO_STOP' && minute >= 2 && minute < 55
        if (shallBeHigh === isHigh) return [...readings]
        isHigh = shallBeHigh
        const value = isHigh ? scrap + TOO_MANY : scrap
        return [...readings, { equipment: unit.path, role: 'scrap' as const, at: event.at, value }]
      },
    }
  },
  declare: (catalog) => ({
    ...catalog,
    points: catalog.points.map((point) =>
      point.id === 'SUZ/MOLD/IM/IM01:scrap' ? { ...point, decreases: 'correction' as const } : point,
    ),
  }),
}
