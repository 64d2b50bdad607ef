import type { ReportRun, RunState } from '@gemba/contracts/report'
import { useQuery } from '@tanstack/vue-query'
import { type Ref, computed } from 'vue'
import { useServerNow } from '../connection/server-clock.ts'
import { cellRowsOf, reportApi, type CellDataset } from './report-api.ts'

const PENDING_EVERY_MS = 400
const SHOWN_EVERY_MS = 30_000
const CHANGES_EVERY_MS = 300_000
const FRESH_MS = 60_000
/** A page of a run never changes; it is kept a while for scrolling back. */
const PAGE_KEPT_MS = 120_000

const OVER: readonly RunState[] = ['ready', 'failed', 'cancelled']
export const isOver = ({ state }: Pick<ReportRun, 'state'>): boolean => OVER.includes(state)

/** The library: reports this reader may see, with the last run of each. */
export function useReports(isWanted: () => boolean = () => true) {
  return useQuery({
    queryKey: ['reports'],
    queryFn: ({ signal }) => reportApi.list(signal),
    staleTime: 15_000,
    enabled: computed(isWanted),
  })
}

export function useReport(report: () => string) {
  return useQuery({
    queryKey: computed(() => ['report', report()]),
    queryFn: ({ signal }) => reportApi.detail(report(), signal),
    // Looking again would replace defaults under the reader's hands.
    staleTime: Infinity,
    gcTime: 0,
  })
}

/** A run by its id: often while it is worked on, now and then while it is on the screen. */
export function useRun(id: Ref<string | null>) {
  return useQuery({
    queryKey: computed(() => ['report-run', id.value]),
    queryFn: ({ signal }) => (id.value === null ? null : reportApi.run(id.value, signal)),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data === null || !isOver(state.data) ? PENDING_EVERY_MS : SHOWN_EVERY_MS,
    refetchIntervalInBackground: true,
    staleTime: 0,
    enabled: computed(() => id.value !== null),
  })
}

/** What of a finished run is another figure now. Asked anew now and then: every answer reads the run's figures again. */
export function useRunChanges(run: () => string, finishedAt: () => number) {
  const now = useServerNow()
  return useQuery({
    queryKey: computed(() => ['report-run-changes', run()]),
    queryFn: ({ signal }) => reportApi.changes(run(), signal),
    staleTime: CHANGES_EVERY_MS,
    refetchInterval: CHANGES_EVERY_MS,
    refetchIntervalInBackground: false,
    // What has just been made has not been overtaken.
    enabled: computed(() => now.value - finishedAt() > FRESH_MS),
  })
}

export function useEarlierRuns(report: () => string) {
  return useQuery({
    queryKey: computed(() => ['report-runs', report()]),
    queryFn: ({ signal }) => reportApi.runs(report(), signal),
    staleTime: 10_000,
  })
}

export function usePage(run: () => string, page: () => number) {
  return useQuery({
    queryKey: computed(() => ['report-page', run(), page()]),
    queryFn: ({ signal }) => reportApi.pages(run(), { from: page(), to: page() }, signal),
    staleTime: Infinity,
    gcTime: PAGE_KEPT_MS,
  })
}

export function useSearch(run: () => string | null, text: () => string) {
  return useQuery({
    queryKey: computed(() => ['report-search', run(), text()]),
    queryFn: ({ signal }) => {
      const id = run()
      return id === null ? null : reportApi.search(id, text(), signal)
    },
    enabled: computed(() => run() !== null && text() !== ''),
    staleTime: Infinity,
  })
}

export function useLineage(place: () => { run: string; page: number; cell: string } | null) {
  return useQuery({
    queryKey: computed(() => ['report-lineage', place()]),
    queryFn: ({ signal }) => {
      const asked = place()
      return asked === null ? null : reportApi.lineage(asked.run, asked, signal)
    },
    staleTime: Infinity,
  })
}

export function useCellRows(asked: () => (CellDataset & { run: string; from: number; count: number }) | null) {
  return useQuery({
    queryKey: computed(() => ['report-rows', asked()]),
    queryFn: ({ signal }) => {
      const at = asked()
      return at === null ? null : cellRowsOf(at.run, at, signal)
    },
    enabled: computed(() => asked() !== null),
    staleTime: Infinity,
    placeholderData: (before) => before,
  })
}
