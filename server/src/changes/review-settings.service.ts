import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import {
  type ChangeKind,
  type ReviewMode,
  type ReviewSettings,
  type ReviewedKind,
  reviewSettings,
  reviewedKind,
} from '@gemba/contracts/change'
import { DataSource, type EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { seesWholePlant } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { SettingsService } from '../settings/settings.service.ts'
import type { ChangeField } from './change-lines.ts'
import {
  type ChangeApproval,
  type ChangeOrigin,
  type ChangeOwner,
  ChangeOwners,
  type ChangeSubject,
} from './change-owners.service.ts'

/** Rules and settings that decide numbers or rights wait for a second person, unless the installation says otherwise. */
const RECOMMENDED: ReviewMode = 'four-eyes'

const KIND_NAMES: Record<ReviewedKind, Bilingual> = {
  policy: { zh: '口径', en: 'Policies' },
  'code-mapping': { zh: '编码映射', en: 'Code mappings' },
  'row-rule': { zh: '行规则', en: 'Row rules' },
  'column-rule': { zh: '列规则', en: 'Column rules' },
  retention: { zh: '保留期', en: 'Retention' },
}
const MODE_NAMES: Record<ReviewMode, Bilingual> = {
  'at-once': { zh: '立即生效', en: 'at once' },
  'four-eyes': { zh: '须他人批准', en: 'four eyes' },
}
const SIGNING = { zh: '批准须电子签名', en: 'Approval needs an electronic signature' }
const YES_NO = { true: { zh: '是', en: 'yes' }, false: { zh: '否', en: 'no' } }
const OBJECT = { kind: 'setting', id: 'review' } as const

/** How changes come into force here, and the one place that keeps a direct write from going past a review. */
@Injectable()
export class ReviewSettingsService implements OnModuleInit, ChangeOwner<ReviewSettings> {
  constructor(
    private readonly database: DataSource,
    private readonly settings: SettingsService,
    private readonly owners: ChangeOwners,
    private readonly audit: AuditService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  onModuleInit(): void {
    this.owners.provide('review-setting', this)
  }

  /** The settings in force. The demo factory has one person for each role and begins without reviews. */
  async read(within?: EntityManager): Promise<ReviewSettings> {
    const mode = this.config.demo ? 'at-once' : RECOMMENDED
    const modes = Object.fromEntries(reviewedKind.options.map((kind) => [kind, mode])) as ReviewSettings['modes']
    const stored = await this.settings.review(within)
    return { modes: { ...modes, ...stored?.modes }, signApproval: stored?.signApproval ?? false }
  }

  /** Whether a change of the kind waits for another person. Who could relax reviews alone would need none. */
  async isReviewed(kind: ChangeKind): Promise<boolean> {
    const { modes, signApproval } = await this.read()
    if (kind !== 'review-setting') return modes[kind] === 'four-eyes'
    return signApproval || Object.values(modes).includes('four-eyes')
  }

  /** Refuses a direct write of what is reviewed: it has to be proposed. */
  async refuseDirect(kind: ChangeKind): Promise<void> {
    if (await this.isReviewed(kind)) throw new Fault('REVIEW_NEEDED', { kind })
  }

  /** Sets the settings where they are not reviewed themselves. */
  async change(settings: ReviewSettings, by: Actor): Promise<void> {
    await this.refuseDirect('review-setting')
    await this.database.transaction((manager) => this.store(settings, { by, manager }))
  }

  private async store(
    settings: ReviewSettings,
    { by, manager, reason, origin }: { by: Actor; manager: EntityManager; reason?: string; origin?: ChangeOrigin },
  ): Promise<void> {
    const before = await this.read(manager)
    await this.settings.changeReview(settings, origin?.author ?? by.user, manager)
    const what = { stream: 'change', action: 'setting.changed', by, object: OBJECT, before } as const
    const after = origin ? { ...settings, origin } : settings
    await this.audit.record({ ...what, after, ...(reason === undefined ? {} : { reason }) }, manager)
  }

  subject(): ChangeSubject {
    return { key: 'review', title: { zh: '评审设置', en: 'Settings of review' }, site: null, effectiveFrom: null }
  }

  allows(act: 'view' | 'submit' | 'approve', _settings: ReviewSettings, principal: Principal): boolean {
    return act === 'view' || (principal.roles.includes('admin') && seesWholePlant(principal))
  }

  check(): void {
    // Every settings that the contract lets through can come into force.
  }

  inForce(_settings: ReviewSettings, within?: EntityManager): Promise<ReviewSettings> {
    return this.read(within)
  }

  fieldsInForce(base: unknown): ChangeField[] {
    return this.fieldsOf(reviewSettings.parse(base))
  }

  fieldsOf({ modes, signApproval }: ReviewSettings): ChangeField[] {
    const kinds = reviewedKind.options.map((kind) => ({
      id: kind,
      label: KIND_NAMES[kind],
      text: MODE_NAMES[modes[kind]],
    }))
    return [...kinds, { id: 'signApproval', label: SIGNING, text: YES_NO[`${signApproval}`] }]
  }

  async apply(settings: ReviewSettings, { manager, by, reason, origin }: ChangeApproval): Promise<() => Promise<void>> {
    await this.store(settings, { manager, by, reason, origin })
    return () => Promise.resolve()
  }
}
