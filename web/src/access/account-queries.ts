import { type AccountChange, type NewAccount, accountMade, accountState } from '@gemba/contracts/account'
import { oneTimePassword, sessionList } from '@gemba/contracts/sign-in'
import { useQuery } from '@tanstack/vue-query'
import { z } from 'zod'
import { request } from '../connection/api.ts'

const nothing = z.undefined()
const of = (user: string, rest = ''): string => `/api/accounts/${encodeURIComponent(user)}${rest}`

/** What administrators do with accounts of others. */
export const accountsApi = {
  make: (body: NewAccount) => request(accountMade, '/api/accounts', { method: 'POST', body }),
  change: (user: string, body: AccountChange) => request(accountState, of(user), { method: 'PUT', body }),
  setPassword: (user: string) => request(oneTimePassword, of(user, '/one-time-password'), { method: 'POST' }),
  unlock: (user: string) => request(nothing, of(user, '/lock'), { method: 'DELETE' }),
  resetSecondFactor: (user: string) => request(nothing, of(user, '/second-factor'), { method: 'DELETE' }),
  endSession: (user: string, id: string) =>
    request(nothing, of(user, `/sessions/${encodeURIComponent(id)}`), { method: 'DELETE' }),
}

export function useAccount(user: () => string) {
  return useQuery({
    queryKey: ['access', 'account', user()],
    queryFn: ({ signal }) => request(accountState, of(user()), { signal }),
  })
}

export function useSessionsOf(user: () => string) {
  return useQuery({
    queryKey: ['access', 'sessions', user()],
    queryFn: ({ signal }) => request(sessionList, of(user(), '/sessions'), { signal }),
    refetchInterval: 15_000,
  })
}
