import { QueryClient, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from './api.ts'
import { ProblemError } from './problem-error.ts'

const LONGEST_WAIT_MS = 30_000

/** When a read that was refused for now is tried again: as the server says, else ever later. */
export function retryDelay(count: number, error: unknown): number {
  const asked = error instanceof ProblemError ? error.facts['retryAfterS'] : undefined
  if (typeof asked === 'number' && asked > 0) return Math.min(asked * 1_000, LONGEST_WAIT_MS)
  return Math.min(1_000 * 2 ** count, LONGEST_WAIT_MS)
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // Refusals are answers; only what may pass is tried again.
        retry: (count, error) => error instanceof ProblemError && error.problem.retryable && count < 3,
        retryDelay,
      },
    },
  })
}

const HEALTH_EVERY_MS = 5_000
const ORDERS_EVERY_MS = 30_000

/** Stores, sources, collectors and quarantine, refreshed while somebody looks. */
export function useHealthDetails() {
  return useQuery({
    queryKey: ['health', 'details'],
    queryFn: ({ signal }) => api.healthDetails(signal),
    refetchInterval: HEALTH_EVERY_MS,
    refetchIntervalInBackground: false,
  })
}

/** Open orders of a site with their forecast, worst first; waits until the site is known. */
export function useOrdersProgress(site: () => string | undefined) {
  return useQuery({
    queryKey: computed(() => ['orders', site()]),
    queryFn: ({ signal }) => api.ordersProgress(site() ?? '', signal),
    enabled: computed(() => site() !== undefined),
    refetchInterval: ORDERS_EVERY_MS,
    refetchIntervalInBackground: false,
  })
}

/** The boards this reader may see. */
export function useBoards() {
  return useQuery({ queryKey: ['boards'], queryFn: ({ signal }) => api.boards(signal), staleTime: 60_000 })
}

/** Sites, calendars and names. */
export function useCatalog() {
  return useQuery({ queryKey: ['catalog'], queryFn: ({ signal }) => api.catalog(signal), staleTime: 300_000 })
}
