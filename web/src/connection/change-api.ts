import {
  type ChangeKind,
  type ChangeList,
  type NewChange,
  type ReviewSettings,
  changeDetail,
  changesAnswer,
  changesWaiting,
  reviewSettingsAnswer,
} from '@gemba/contracts/change'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { request } from './api.ts'
import { useSession } from './session-store.ts'

/** Steps that somebody takes with a change. */
export type ChangeStepName = 'submit' | 'approve' | 'reject' | 'withdraw' | 'comments' | 'emergency'

const EVERY_MS = 30_000

/** The doors of changes under review. */
export const changeApi = {
  list: (list: ChangeList, kind?: ChangeKind, signal?: AbortSignal) =>
    request(changesAnswer, `/api/changes?${new URLSearchParams({ list, ...(kind ? { kind } : {}) })}`, { signal }),
  waiting: (signal?: AbortSignal) => request(changesWaiting, '/api/changes/waiting', { signal }),
  detail: (id: string, signal?: AbortSignal) =>
    request(changeDetail, `/api/changes/${encodeURIComponent(id)}`, { signal }),
  propose: (body: NewChange) => request(changeDetail, '/api/changes', { method: 'POST', body }),
  step: (id: string, step: ChangeStepName, body: object = {}) =>
    request(changeDetail, `/api/changes/${encodeURIComponent(id)}/${step}`, { method: 'POST', body }),
  settings: (signal?: AbortSignal) => request(reviewSettingsAnswer, '/api/changes/settings', { signal }),
  changeSettings: (body: ReviewSettings) =>
    request(reviewSettingsAnswer, '/api/changes/settings', { method: 'PUT', body }),
}

/** Which kinds of changes wait for another person here. */
export function useReview() {
  const settings = useQuery({
    queryKey: ['changes', 'settings'],
    queryFn: ({ signal }) => changeApi.settings(signal),
    staleTime: EVERY_MS,
  })
  const isReviewed = (kind: ChangeKind): boolean => {
    const answer = settings.data.value
    if (!answer) return false
    return kind === 'review-setting' ? answer.isReviewed : answer.settings.modes[kind] === 'four-eyes'
  }
  return { settings, isReviewed }
}

/** Roles that see changes; the server refuses the others anyhow. */
export const CHANGE_ROLES = ['admin', 'quality', 'manager', 'plant-it', 'auditor'] as const

/** How many changes wait for the reader; asked only where some can. */
export function useWaitingChanges() {
  const session = useSession()
  return useQuery({
    queryKey: ['changes', 'waiting'],
    queryFn: ({ signal }) => changeApi.waiting(signal),
    enabled: computed(() => session.hasRole(...CHANGE_ROLES)),
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: false,
  })
}

/** Changes of a list, optionally of one kind. */
export function useChanges(list: () => ChangeList, kind?: ChangeKind) {
  const session = useSession()
  return useQuery({
    queryKey: computed(() => ['changes', 'list', list(), kind ?? '']),
    queryFn: ({ signal }) => changeApi.list(list(), kind, signal),
    enabled: computed(() => session.hasRole(...CHANGE_ROLES)),
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: false,
  })
}

/** Everything that is shown of changes, and of what they put into force, is read anew. */
export function useChangesMoved(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await Promise.all(
      ['changes', 'policies', 'unmapped', 'access'].map((key) => client.invalidateQueries({ queryKey: [key] })),
    )
  }
}
