import { type ShareRow, type ShareSettings, type ShareState, shareTarget } from '@gemba/contracts/share'
import type { LinkFacts } from './share-decisions.ts'
import { endsAt } from './share-decisions.ts'

/** A row of `share_link`. */
export interface StoredLink {
  id: string
  secret_hash: string
  name: string
  target: unknown
  object_kind: 'report' | 'board'
  object_id: string
  object_name: { zh: string; en: string }
  made_by: string
  made_at: Date
  expires_at: Date
  password_hash: string | null
  failed_tries: number
  locked_until: Date | null
  downloads: boolean
  most_openings: number | null
  openings: number
  last_opened_at: Date | null
  revoked_at: Date | null
}

export const LINK_COLUMNS = `id, secret_hash, name, target, object_kind, object_id, object_name, made_by, made_at,
  expires_at, password_hash, failed_tries, locked_until, downloads, most_openings, openings, last_opened_at, revoked_at`

export const factsOf = (link: StoredLink): LinkFacts => ({
  madeAt: link.made_at.getTime(),
  expiresAt: link.expires_at.getTime(),
  revokedAt: link.revoked_at?.getTime() ?? null,
  openings: link.openings,
  mostOpenings: link.most_openings,
})

export const rowOf = (
  link: StoredLink,
  { settings, state, byName }: { settings: ShareSettings; state: ShareState; byName: { zh: string; en: string } },
): ShareRow => ({
  id: link.id,
  name: link.name,
  target: shareTarget.parse(link.target),
  objectName: link.object_name,
  by: link.made_by,
  byName: { ...byName },
  madeAt: link.made_at.getTime(),
  expiresAt: endsAt(factsOf(link), settings),
  hasPassword: link.password_hash !== null,
  downloads: link.downloads,
  mostOpenings: link.most_openings,
  openings: link.openings,
  lastOpenedAt: link.last_opened_at?.getTime() ?? null,
  state,
})
