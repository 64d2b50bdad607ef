import { Injectable } from '@nestjs/common'
import { type ReviewSettings, reviewMode, reviewSettings, reviewedKind } from '@gemba/contracts/change'
import { type ShareSettings, shareSettings } from '@gemba/contracts/share'
import { type SignInSettings, signInSettings } from '@gemba/contracts/sign-in'
import { DataSource, type EntityManager } from 'typeorm'
import { z } from 'zod'

/** As stored: kinds that came later than the row are absent. */
const storedReview = reviewSettings.extend({ modes: z.partialRecord(reviewedKind, reviewMode) })

const BELIEVED_MS = 5_000

export const SIGN_IN_DEFAULTS: SignInSettings = {
  idleMinutes: 12 * 60,
  absoluteHours: 7 * 24,
  shortestPassword: 12,
  secondFactorRoles: [],
  auditDays: { access: 400, export: 400, change: 3_653, signature: 3_653 },
}

export const SHARE_DEFAULTS: ShareSettings = { allowed: true, longestDays: 90 }

/** Settings that hold for the whole installation and are changed while it runs. */
@Injectable()
export class SettingsService {
  private known: { value: SignInSettings; at: number } | null = null

  constructor(private readonly database: DataSource) {}

  /** Settings of sign-in and audit; another server's change is seen within 5 s. */
  async signIn(): Promise<SignInSettings> {
    if (this.known && Date.now() - this.known.at < BELIEVED_MS) return this.known.value
    const rows = await this.database.query<{ value: unknown }[]>('SELECT value FROM setting WHERE key = $1', [
      'sign-in',
    ])
    const value = signInSettings.parse({ ...SIGN_IN_DEFAULTS, ...(rows[0]?.value as object | undefined) })
    this.known = { value, at: Date.now() }
    return value
  }

  async changeSignIn(value: SignInSettings, by: string, manager: EntityManager): Promise<void> {
    await store(manager, { key: 'sign-in', value, by })
    this.known = null
  }

  /** Settings of share links; asked anew each time, since switching them off has to hold at once. */
  async shares(): Promise<ShareSettings> {
    const rows = await this.database.query<{ value: unknown }[]>("SELECT value FROM setting WHERE key = 'shares'")
    return shareSettings.parse({ ...SHARE_DEFAULTS, ...(rows[0]?.value as object | undefined) })
  }

  async changeShares(value: ShareSettings, by: string, manager: EntityManager): Promise<void> {
    await store(manager, { key: 'shares', value, by })
  }

  /** How changes come into force; null = never set. Within a transaction nobody else sets it until that one ends. */
  async review(within?: EntityManager): Promise<z.infer<typeof storedReview> | null> {
    if (within) await within.query('LOCK TABLE setting IN SHARE ROW EXCLUSIVE MODE')
    const rows = await (within ?? this.database).query<{ value: unknown }[]>(
      "SELECT value FROM setting WHERE key = 'review'",
    )
    return rows[0] ? storedReview.parse(rows[0].value) : null
  }

  async changeReview(value: ReviewSettings, by: string, manager: EntityManager): Promise<void> {
    await store(manager, { key: 'review', value, by })
  }
}

async function store(
  manager: EntityManager,
  { key, value, by }: { key: 'sign-in' | 'shares' | 'review'; value: object; by: string },
): Promise<void> {
  await manager.query(
    `INSERT INTO setting (key, value, changed_by) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE SET value = $2, changed_by = $3, changed_at = now()`,
    [key, JSON.stringify(value), by],
  )
}
