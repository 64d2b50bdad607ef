/**
 * How Node keeps house where a command makes reports: by itself it lets some hundred megabytes of garbage lie before it
 * looks, and the rows of a report are garbage as soon as they are written. Cleaning up earlier costs up to a tenth more
 * processor time for a hundred thousand rows, and nothing to speak of for more. How much a report may need at most stays
 * as it is.
 */
export const REPORT_HEAP = ['--max-semi-space-size=16', '--heap-growing-percent=60']
