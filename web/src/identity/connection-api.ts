import {
  type ConnectionKind,
  type ConnectionTry,
  type DirectoryChange,
  type OidcChange,
  connectionTried,
  identityConnections,
} from '@gemba/contracts/identity'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { accessOverview } from '@gemba/contracts/rights'
import { request } from '../connection/api.ts'

const DOOR = '/api/sign-in/connections'
const KEY = ['sign-in', 'connections']

/** The doors of provider and directory. */
export const connectionApi = {
  change: (kind: ConnectionKind, body: OidcChange | DirectoryChange) =>
    request(identityConnections, `${DOOR}/${kind}`, { method: 'PUT', body }),
  remove: (kind: ConnectionKind) => request(identityConnections, `${DOOR}/${kind}`, { method: 'DELETE' }),
  try: (body: ConnectionTry) => request(connectionTried, `${DOOR}/try`, { method: 'POST', body }),
}

export function useConnections() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => request(identityConnections, DOOR, { signal }) })
}

/** After a change the sign-in page, too, has other buttons. */
export function useConnectionsChanged(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await client.invalidateQueries({ queryKey: KEY })
    await client.invalidateQueries({ queryKey: ['sign-in-ways'] })
  }
}

/** Places that roles can be limited to. */
export function usePlaces() {
  return useQuery({
    queryKey: ['access', 'overview'],
    queryFn: ({ signal }) => request(accessOverview, '/api/access/overview', { signal }),
    select: ({ places }) => places,
  })
}
