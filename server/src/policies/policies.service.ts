import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { PolicyChange, PolicyName, PolicySettings } from '@gemba/contracts/metric'
import type {
  PeriodClose,
  PeriodCloseRequest,
  PoliciesAnswer,
  PolicyChangeRequest,
  PolicyDocument,
  PolicyValue,
  PolicyVersion,
} from '@gemba/contracts/policy'
import type { TimeRange } from '@gemba/contracts/time'
import { METRICS } from '@gemba/engine/metrics/dictionary'
import {
  DEFAULT_POLICIES,
  type PolicyQuestion,
  type PolicySegment,
  policyAt,
  policySegments,
} from '@gemba/engine/metrics/policies'
import { DataSource, type EntityManager } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { ChangeOrigin } from '../changes/change-owners.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { type ClosedPeriod, type StoredVersion, readCloses, readVersions } from './policy-rows.ts'
import { type Recalculation, Recalculations } from './recalculations.service.ts'

/** Policies that stored windows of equipment depend on. */
const DERIVED: readonly PolicyName[] = ['plannedMaintenance', 'waiting', 'microStopThresholdMs', 'productionDateOwner']

/**
 * Policies that figures of this server follow; no other is shown or changed. Scrap found later is none of them yet: no
 * source tells it apart from the scrap that machines have counted, so booking it again would count it twice.
 */
const APPLIED: readonly PolicyName[] = [
  ...DERIVED,
  'otifPromise',
  'otifWindowDays',
  'lotReject',
  'lineRule',
  'kitting',
  'coverageLimit',
]

const text = (at: number): string => new Date(at).toISOString()

/** What a new version of a policy would replace. */
export interface PolicyInForce {
  value: PolicyValue
  origin: 'site' | 'all-sites' | 'default'
  /** ISO 8601; null = the recommended value has always held. */
  since: string | null
  /** From when on a later version holds, ISO 8601; null = none is recorded. */
  until: string | null
  /** The version recorded last, whatever its date. */
  newest: { id: number; by: string; value: PolicyValue } | null
}

/** The policies of sites by version. A version is recorded once; what was in force before its date stays in force there. */
@Injectable()
export class PoliciesService implements OnModuleInit {
  private versions: readonly StoredVersion[] = []
  private changes: readonly PolicyChange[] = []
  private closes: readonly ClosedPeriod[] = []

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly recalculations: Recalculations,
    private readonly audit: AuditService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.load()
  }

  /** Settings in force at a site at an instant, ms. */
  settingsAt(site: string, at: number, question: PolicyQuestion = {}): PolicySettings {
    return policyAt(this.changes, at, { ...question, site })
  }

  /** A range of a site cut where its policies change. */
  segments(site: string, range: TimeRange, question: PolicyQuestion = {}): PolicySegment[] {
    return policySegments(this.changes, range, { ...question, site })
  }

  /** Recorded versions of some policies that hold at a site, as causes of changed figures name them. */
  recorded(site: string, policies: readonly PolicyName[]) {
    const own = this.versions.filter((each) => each.site === null || each.site === site)
    return own
      .filter(({ policy }) => policies.includes(policy))
      .map(({ id, policy, value, validFromAt, recordedAt, by, reason }) => ({
        id: String(id),
        recordedAt,
        facts: { policy, value: JSON.stringify(value), validFrom: text(validFromAt), by, reason },
      }))
  }

  /** Until then (ms) periods of the site are closed; 0 = none is. */
  closedUntilAt(site: string): number {
    return Math.max(
      0,
      ...this.closes.filter((each) => each.site === null || each.site === site).map((each) => each.closedUntilAt),
    )
  }

  async answer(site: string | null, asOf: number): Promise<PoliciesAnswer> {
    if (site !== null && !this.catalog.snapshot.site(site)) throw new Fault('SITE_UNKNOWN', { site })
    const progress = await this.recalculations.progress('policy')
    const own = this.versions.filter((each) => each.site === null || each.site === site)
    const inForce = policyAt(this.changes, asOf, site === null ? {} : { site })
    const present = (version: StoredVersion): PolicyVersion => presentVersion(version, progress.get(String(version.id)))
    const closes = this.closes.filter((each) => each.site === null || each.site === site)
    const closedUntilAt = Math.max(0, ...closes.map((each) => each.closedUntilAt))
    return {
      site,
      asOf: text(asOf),
      policies: APPLIED.map((policy) => {
        const versions = own.filter((each) => each.policy === policy)
        const ruling = rulingVersion(versions, asOf)
        return {
          policy,
          value: inForce[policy],
          default: DEFAULT_POLICIES[policy],
          origin: ruling === null ? 'default' : ruling.site === null ? 'all-sites' : 'site',
          since: ruling === null ? null : text(ruling.validFromAt),
          metrics: METRICS.filter((metric) => metric.policies.includes(policy)).map(({ id, name }) => ({ id, name })),
          derived: DERIVED.includes(policy),
          applied: true,
          versions: versions.toSorted((a, b) => b.validFromAt - a.validFromAt || b.id - a.id).map(present),
        }
      }),
      closedUntil: closedUntilAt === 0 ? null : text(closedUntilAt),
      periods: closes.toSorted((a, b) => b.id - a.id).map(presentClose),
    }
  }

  /** Records a version. Windows from its date on are derived again in the background; those before it stay. */
  async change(request: PolicyChangeRequest, by: Actor): Promise<PolicyVersion> {
    const recorded = await this.database.transaction((manager) => this.record(request, { manager, by }))
    await this.settle(recorded)
    const version = this.versions.find(({ id }) => id === recorded.id) as StoredVersion
    const all = recorded.work.length
    return presentVersion(version, all === 0 ? undefined : { all, done: 0, doneAt: null })
  }

  /** Refuses a version that could not come into force now. */
  check({ site, policy, validFrom }: PolicyDocument): void {
    if (!APPLIED.includes(policy)) throw new Fault('POLICY_WITHOUT_EFFECT', { policy })
    const validFromAt = Date.parse(validFrom)
    this.refuseClosed(this.sitesOf(site), validFromAt)
    if (DERIVED.includes(policy)) this.refuseDropped(validFromAt)
  }

  /** Records a version within a transaction; it is in force when that is `settle`d after the commit. */
  async record(
    request: PolicyChangeRequest,
    { manager, by, origin }: { manager: EntityManager; by: Actor; origin?: ChangeOrigin },
  ): Promise<{ id: number; work: Recalculation[] }> {
    this.check(request)
    const { site, policy, value, validFrom, reason } = request
    const [validFromAt, nowAt] = [Date.parse(validFrom), Date.now()]
    const author = origin?.author ?? by.user
    const rows = await manager.query<{ id: number }[]>(
      `INSERT INTO policy_version (site, policy, value, valid_from, recorded_at, recorded_by, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
      [site, policy, JSON.stringify(value), new Date(validFromAt), new Date(nowAt), author, reason],
    )
    const id = Number(rows[0]?.id)
    const units = DERIVED.includes(policy)
      ? this.sitesOf(site).flatMap((each) => this.catalog.snapshot.unitsUnder(each))
      : []
    const spans = units.map(({ path }) => ({ unit: path, fromAt: validFromAt, toAt: nowAt }))
    const facts = { policy, value: JSON.stringify(value), validFrom, by: author, reason }
    await this.noteChange(request, { manager, by, ...(origin ? { origin } : {}) })
    const cause = { kind: 'policy', id: String(id), facts } as const
    return { id, work: await this.recalculations.record(manager, { cause, spans }) }
  }

  /** After the commit: the versions in force are read again, and what they change is derived anew. */
  async settle({ id, work }: { id: number; work: Recalculation[] }): Promise<void> {
    await this.load()
    log.info({ version: id }, 'a policy has a new version')
    this.recalculations.announce(work)
  }

  /** What a new version would replace, as the store has it; within a transaction nobody else records one meanwhile. */
  async inForce({ site, policy, validFrom }: PolicyDocument, within?: EntityManager): Promise<PolicyInForce> {
    if (within) await within.query('LOCK TABLE policy_version IN SHARE ROW EXCLUSIVE MODE')
    const all = await readVersions(within ?? this.database)
    const own = all.filter((each) => each.policy === policy && (each.site === null || each.site === site))
    const at = Date.parse(validFrom)
    const ruling = rulingVersion(own, at)
    const newest = own.at(-1)
    return {
      value: ruling?.value ?? DEFAULT_POLICIES[policy],
      origin: ruling === null ? 'default' : ruling.site === null ? 'all-sites' : 'site',
      since: ruling === null ? null : text(ruling.validFromAt),
      until: untilText(
        own.filter((each) => each.site === site),
        at,
      ),
      newest: newest ? { id: newest.id, by: newest.by, value: newest.value } : null,
    }
  }

  /** Until when a new version would hold, because a later one is recorded already; null = without end. */
  nextFrom({ site, policy, validFrom }: PolicyDocument): string | null {
    const own = this.versions.filter((each) => each.policy === policy && each.site === site)
    return untilText(own, Date.parse(validFrom))
  }

  private async noteChange(
    { site, policy, value, validFrom, reason }: PolicyChangeRequest,
    { manager, by, origin }: { manager: EntityManager; by: Actor; origin?: ChangeOrigin },
  ): Promise<void> {
    const own = this.versions.filter((each) => each.policy === policy && (each.site === null || each.site === site))
    const ruling = rulingVersion(own, Date.parse(validFrom))
    const before = { value: ruling?.value ?? DEFAULT_POLICIES[policy], version: ruling?.id ?? null }
    const object = { kind: 'policy', id: `${site ?? '*'}:${policy}` }
    const what = { stream: 'change', action: 'policy.changed', object } as const
    const after = { value, validFrom, ...(origin ? { origin } : {}) }
    await this.audit.record({ ...what, by, before, after, reason }, manager)
  }

  /** Closes what ended by `closedUntil`. A closed period is never opened again. */
  async close(request: PeriodCloseRequest, by: Actor): Promise<PeriodClose> {
    const closedUntilAt = Date.parse(request.closedUntil)
    const nowAt = Date.now()
    for (const site of this.sitesOf(request.site)) {
      const closed = this.closedUntilAt(site)
      if (closedUntilAt <= closed) throw closedFault(site, closed)
    }
    if (closedUntilAt > nowAt)
      throw new Fault(
        'INPUT_INVALID',
        { closedUntil: request.closedUntil },
        {
          zh: 'closedUntil 在未来：只能关闭已结束的期间',
          en: 'closedUntil lies in the future: only what has ended can be closed',
        },
      )
    const before = this.sitesOf(request.site).map((site) => ({ site, closedUntilAt: this.closedUntilAt(site) }))
    const rows = await this.database.transaction(async (manager) => {
      const what = {
        stream: 'change',
        action: 'period.closed',
        object: { kind: 'period', id: request.site ?? '*' },
      } as const
      const after = { closedUntil: request.closedUntil }
      await this.audit.record({ ...what, by, before, after, reason: request.reason }, manager)
      return manager.query<{ id: number }[]>(
        `INSERT INTO period_close (site, closed_until, recorded_at, recorded_by, reason)
         VALUES ($1, $2, $3, $4, $5) RETURNING id`,
        [request.site, new Date(closedUntilAt), new Date(nowAt), by.user, request.reason],
      )
    })
    await this.load()
    return presentClose(this.closes.find(({ id }) => id === rows[0]?.id) as ClosedPeriod)
  }

  /** Refuses a change that would move figures of a closed period of one of the sites. */
  refuseClosed(sites: readonly string[], fromAt: number): void {
    for (const site of sites) {
      const closed = this.closedUntilAt(site)
      if (fromAt < closed) throw closedFault(site, closed)
    }
  }

  /** Refuses a change that would need readings that retention has dropped. */
  refuseDropped(fromAt: number): void {
    const { floorAt } = this.recalculations
    if (fromAt < floorAt) throw new Fault('HISTORY_DROPPED', { keptFrom: text(floorAt) })
  }

  private sitesOf(site: string | null): string[] {
    const { snapshot } = this.catalog
    if (site === null) return snapshot.document.sites.map(({ id }) => id)
    if (!snapshot.site(site)) throw new Fault('SITE_UNKNOWN', { site })
    return [site]
  }

  private async load(): Promise<void> {
    this.versions = await readVersions(this.database)
    this.closes = await readCloses(this.database)
    this.changes = this.versions.map((version) => ({
      site: version.site,
      effectiveAt: version.validFromAt,
      recordedAt: version.recordedAt,
      settings: { [version.policy]: version.value } as PolicyChange['settings'],
      by: version.by,
      reason: version.reason,
    }))
    this.catalog.ownProductionDates((site) => this.owners(site))
  }

  private owners(site: string): { fromAt: number; owner: PolicySettings['productionDateOwner'] }[] {
    const range = { fromAt: Date.UTC(2000, 0, 1), toAt: Date.UTC(2100, 0, 1) }
    const owners: { fromAt: number; owner: PolicySettings['productionDateOwner'] }[] = []
    for (const { fromAt, settings } of this.segments(site, range)) {
      const before = owners.at(-1)?.owner ?? 'start'
      if (settings.productionDateOwner !== before) owners.push({ fromAt, owner: settings.productionDateOwner })
    }
    return owners
  }
}

/** The first date after `at` from which another version holds. */
function untilText(versions: readonly StoredVersion[], at: number): string | null {
  const later = versions.map(({ validFromAt }) => validFromAt).filter((each) => each > at)
  return later.length === 0 ? null : text(Math.min(...later))
}

function closedFault(site: string, closedUntilAt: number): Fault {
  const until = text(closedUntilAt)
  return new Fault(
    'PERIOD_CLOSED',
    { site, closedUntil: until },
    { zh: `${site} 在 ${until} 之前的期间已关闭`, en: `periods of ${site} are closed until ${until}` },
  )
}

/** The version that rules at an instant: of the site before all sites, then the latest date, then the latest record. */
function rulingVersion(versions: readonly StoredVersion[], at: number): StoredVersion | null {
  const rank = (each: StoredVersion) =>
    [each.site === null ? 0 : 1, each.validFromAt, each.recordedAt, each.id] as const
  let ruling: StoredVersion | null = null
  for (const each of versions) {
    if (each.validFromAt > at) continue
    if (ruling === null) ruling = each
    else {
      const [mine, theirs] = [rank(each), rank(ruling)]
      const first = mine.findIndex((value, index) => value !== theirs[index])
      if (first >= 0 && (mine[first] as number) > (theirs[first] as number)) ruling = each
    }
  }
  return ruling
}

function presentVersion(
  version: StoredVersion,
  progress: { all: number; done: number; doneAt: number | null } | undefined,
): PolicyVersion {
  const isDone = progress === undefined || progress.done === progress.all
  return {
    id: version.id,
    site: version.site,
    policy: version.policy,
    value: version.value,
    validFrom: text(version.validFromAt),
    recordedAt: text(version.recordedAt),
    by: version.by,
    reason: version.reason,
    appliedAt: isDone ? text(progress?.doneAt ?? version.recordedAt) : null,
    progress: isDone ? 1 : progress.done / progress.all,
  }
}

const presentClose = (each: ClosedPeriod): PeriodClose => ({
  id: each.id,
  site: each.site,
  closedUntil: text(each.closedUntilAt),
  recordedAt: text(each.recordedAt),
  by: each.by,
  reason: each.reason,
})
