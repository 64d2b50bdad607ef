import {
  type NewShare,
  type ShareOpening,
  type ShareQuery,
  type ShareSettings,
  shareList,
  shareMade,
  shareSettings,
  shareVisit,
} from '@gemba/contracts/share'
import { reportRun } from '@gemba/contracts/report'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { z } from 'zod'
import { request } from '../connection/api.ts'

const part = encodeURIComponent

/** The doors of share links, and of their visitors. */
export const shareApi = {
  list: (query: Partial<ShareQuery>, signal?: AbortSignal) =>
    request(shareList, `/api/shares?${new URLSearchParams(query as Record<string, string>)}`, { signal }),
  make: (body: NewShare) => request(shareMade, '/api/shares', { method: 'POST', body }),
  revoke: (id: string) => request(z.undefined(), `/api/shares/${part(id)}`, { method: 'DELETE' }),
  changeSettings: (body: ShareSettings) => request(shareSettings, '/api/shares/settings', { method: 'PUT', body }),
  open: (link: string, body: ShareOpening) =>
    request(shareVisit, `/api/share-visits/${part(link)}`, { method: 'POST', body }),
  current: (signal?: AbortSignal) => request(shareVisit, '/api/share-visits/current', { signal }),
  run: (locale: 'zh-CN' | 'en') =>
    request(reportRun, '/api/share-visits/current/runs', { method: 'POST', body: { locale } }),
}

/** Links of the reader, or of everybody; all of them or those of one object. */
export function useShares(query: () => Partial<ShareQuery>) {
  return useQuery({
    queryKey: computed(() => ['shares', query()]),
    queryFn: ({ signal }) => shareApi.list(query(), signal),
    staleTime: 5_000,
  })
}
