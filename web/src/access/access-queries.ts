import {
  type ColumnRule,
  type FolderDefinition,
  type GroupDefinition,
  type NewGrant,
  type PlacedObject,
  type RoleDefinition,
  type RowRule,
  type UserProfile,
  accessOverview,
  conditionVerdict,
  explainAnswer,
  factsAnswer,
  grantDefinition,
  previewAnswer,
  viewAsAnswer,
} from '@gemba/contracts/rights'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { z } from 'zod'
import { request } from '../connection/api.ts'

const nothing = z.undefined()
const put = (path: string, body: unknown) => request(nothing, `/api/access/${path}`, { method: 'PUT', body })
const remove = (path: string, id: string) =>
  request(nothing, `/api/access/${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })

/** The doors of rights. */
export const accessApi = {
  saveRole: (role: RoleDefinition) => put('roles', role),
  removeRole: (id: string) => remove('roles', id),
  saveGroup: (group: GroupDefinition) => put('groups', group),
  removeGroup: (id: string) => remove('groups', id),
  saveProfile: (profile: UserProfile) => put('profiles', profile),
  saveFolder: (folder: FolderDefinition) => put('folders', folder),
  removeFolder: (path: string) =>
    request(nothing, `/api/access/folders?${new URLSearchParams({ path, content: 'up' })}`, { method: 'DELETE' }),
  placeObject: (object: PlacedObject) => put('objects', object),
  saveRowRule: (rule: RowRule) => put('row-rules', rule),
  removeRowRule: (id: string) => remove('row-rules', id),
  saveColumnRule: (rule: ColumnRule) => put('column-rules', rule),
  removeColumnRule: (id: string) => remove('column-rules', id),
  grant: (grant: NewGrant) => request(grantDefinition, '/api/access/grants', { method: 'POST', body: grant }),
  revoke: (id: string) => remove('grants', id),
  check: (body: { facts: string[]; condition: string }, signal?: AbortSignal) =>
    request(conditionVerdict, '/api/access/rules/check', { method: 'POST', body, signal }),
  preview: (body: { user: string; fact: string; rule?: RowRule }, signal?: AbortSignal) =>
    request(previewAnswer, '/api/access/preview', { method: 'POST', body, signal }),
  explain: (query: Record<string, string>, signal?: AbortSignal) =>
    request(explainAnswer, `/api/access/explain?${new URLSearchParams(query)}`, { signal }),
  viewAs: (user: string) => request(viewAsAnswer, '/api/access/view-as', { method: 'POST', body: { user } }),
  viewing: (signal?: AbortSignal) => request(viewAsAnswer, '/api/access/view-as', { signal }),
  endViewing: () => request(nothing, '/api/access/view-as', { method: 'DELETE' }),
}

/** Users, groups, roles, grants and rules, as far as the reader looks after them. */
export function useAccess() {
  return useQuery({
    queryKey: ['access', 'overview'],
    queryFn: ({ signal }) => request(accessOverview, '/api/access/overview', { signal }),
  })
}

export function useFacts() {
  return useQuery({
    queryKey: ['access', 'facts'],
    queryFn: ({ signal }) => request(factsAnswer, '/api/access/facts', { signal }),
    staleTime: 600_000,
  })
}

/** Everything that is shown of rights is read anew after a change. */
export function useAccessChanged(): () => Promise<void> {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['access'] })
}
