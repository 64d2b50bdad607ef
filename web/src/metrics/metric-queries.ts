import type { KpiGrouping } from '@gemba/contracts/kpi'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '../connection/api.ts'
import type { AskedPeriod } from './periods.ts'

export interface Asked {
  equipment: string
  period: AskedPeriod
}

const EVERY_MS = 10_000

/** Names and definitions; they change with a new version of the product only. */
export function useMetrics() {
  return useQuery({ queryKey: ['metrics'], queryFn: ({ signal }) => api.metrics(signal), staleTime: 3_600_000 })
}

/** Every figure of one scope and period; a period that still runs is asked for again and again. */
export function useNumbers(asked: () => Asked | null) {
  return useQuery({
    queryKey: computed(() => ['numbers', keyOf(asked())]),
    queryFn: ({ signal }) => {
      const wanted = asked()
      return wanted === null ? null : api.numbers(wanted, signal)
    },
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: false,
    placeholderData: (before) => before,
  })
}

export function useFigure(asked: () => (Asked & { metric: string; group: KpiGrouping; explain?: boolean }) | null) {
  return useQuery({
    queryKey: computed(() => ['figure', keyOf(asked())]),
    queryFn: ({ signal }) => {
      const wanted = asked()
      return wanted === null ? null : api.kpi(wanted, signal)
    },
    refetchInterval: EVERY_MS * 3,
    refetchIntervalInBackground: false,
  })
}

/** Figures of a metric and period that changed after they had been published; none of a shift that still runs. */
export function useRestatements(asked: () => Asked & { metric: string }) {
  return useQuery({
    queryKey: computed(() => ['restatements', keyOf(asked())]),
    queryFn: ({ signal }) => api.restatements(asked(), signal),
    refetchInterval: EVERY_MS * 3,
    refetchIntervalInBackground: false,
  })
}

const keyOf = (asked: unknown): string => JSON.stringify(asked)
