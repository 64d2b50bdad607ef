import { localTime } from '../quality-office.ts'
import type { OfficeFault } from './office-fault.ts'

/** Terminals write the time of a report as their own clock shows it, without a zone. */
export const localTimeOnly: OfficeFault = {
  name: 'local-time',
  at: () => ({
    write: (table, row) =>
      table === 'job_report'
        ? { ...row, reported_at: null, reported_local: localTime(Date.parse(String(row['reported_at']))) }
        : row,
  }),
}
