import { type FeedFault, only } from './feed-fault.ts'

export const UNMAPPED = 'F-9999'
const MEANT = ['F-CONTACT', 'M-RETEST']

/** T1 shows a reason code that nobody has entered in the catalog. */
export const unmappedReason: FeedFault = {
  name: 'unmapped-reason',
  concerns: only('T1'),
  at: () => ({
    speak: (readings) =>
      readings.map((reading) =>
        reading.role === 'reason' && MEANT.includes(String(reading.value)) ? { ...reading, value: UNMAPPED } : reading,
      ),
  }),
}
