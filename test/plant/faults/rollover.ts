import { type FeedFault, only } from './feed-fault.ts'

const SIXTEEN_BITS = 65_536

/** The counters of P1 have sixteen bits. */
export const rollover: FeedFault = {
  name: 'rollover',
  concerns: only('P1'),
  at: () => ({
    speak: (readings) =>
      readings.map((reading) =>
        typeof reading.value === 'number' ? { ...reading, value: reading.value % SIXTEEN_BITS } : reading,
      ),
  }),
  declare: (catalog) => ({
    ...catalog,
    points: catalog.points.map((point) =>
      point.equipment === 'SUZ/PACK/P1' && ['total', 'good', 'scrap', 'rework'].includes(point.role)
        ? { ...point, rolloverAt: SIXTEEN_BITS }
        : point,
    ),
  }),
}
