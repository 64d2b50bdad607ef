import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { PolicyDocument } from '@gemba/contracts/policy'
import { POLICY_NAMES, policyText } from '@gemba/engine/metrics/policy-words'
import type { EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { type ChangeField, sameText, timeText } from '../changes/change-lines.ts'
import {
  type ChangeApproval,
  type ChangeOwner,
  ChangeOwners,
  type ChangeSubject,
} from '../changes/change-owners.service.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { PoliciesService, type PolicyInForce } from './policies.service.ts'
import { mayRule } from './policy-reach.ts'

const LABELS = {
  value: { zh: '值', en: 'Value' },
  scope: { zh: '适用', en: 'Holds for' },
  from: { zh: '生效', en: 'From' },
  until: { zh: '有效至', en: 'Until' },
  version: { zh: '最近版本', en: 'Latest version' },
} as const
const ALL_SITES = { zh: '所有厂区', en: 'all sites' }
const RECOMMENDED = { zh: '推荐值', en: 'recommended value' }
const ALWAYS = { zh: '一直', en: 'always' }
const NONE = { zh: '无', en: 'none' }

/** Versions of policies that wait for another person. */
@Injectable()
export class PolicyChanges implements OnModuleInit, ChangeOwner<PolicyDocument> {
  constructor(
    private readonly policies: PoliciesService,
    private readonly catalog: CatalogService,
    private readonly owners: ChangeOwners,
  ) {}

  onModuleInit(): void {
    this.owners.provide('policy', this)
  }

  subject({ site, policy, validFrom }: PolicyDocument): ChangeSubject {
    const [name, where] = [POLICY_NAMES[policy], this.siteName(site)]
    const title = { zh: `${name.zh} · ${where.zh}`, en: `${name.en} · ${where.en}` }
    return { key: `${site ?? '*'}:${policy}`, title, site, effectiveFrom: validFrom }
  }

  allows(act: 'view' | 'submit' | 'approve', { site }: PolicyDocument, principal: Principal): boolean {
    if (act === 'view') return site === null || equipmentScope(principal).allows(site)
    if (act === 'submit' && !principal.roles.some((role) => role === 'admin' || role === 'quality')) return false
    return mayRule(principal, site)
  }

  check(document: PolicyDocument): void {
    this.policies.check(document)
  }

  inForce(document: PolicyDocument, within?: EntityManager): Promise<PolicyInForce> {
    return this.policies.inForce(document, within)
  }

  fieldsInForce(base: unknown, { site, policy }: PolicyDocument): ChangeField[] {
    // Made by `inForce` of this class and kept as it was.
    const { value, origin, since, until, newest } = base as PolicyInForce
    const latest = newest && { text: policyText(policy, newest.value), id: newest.id, by: newest.by }
    const scope = origin === 'default' ? RECOMMENDED : this.siteName(origin === 'site' ? site : null)
    return [
      { id: 'value', label: LABELS.value, text: policyText(policy, value) },
      { id: 'scope', label: LABELS.scope, text: scope },
      { id: 'from', label: LABELS.from, text: since === null ? ALWAYS : this.time(since, site) },
      ...this.untilField(until, site),
      {
        id: 'version',
        label: LABELS.version,
        isMark: true,
        text: latest
          ? {
              zh: `#${latest.id} ${latest.text.zh} · ${latest.by}`,
              en: `#${latest.id} ${latest.text.en} · ${latest.by}`,
            }
          : NONE,
      },
    ]
  }

  fieldsOf(document: PolicyDocument): ChangeField[] {
    const { site, policy, value, validFrom } = document
    return [
      { id: 'value', label: LABELS.value, text: policyText(policy, value) },
      { id: 'scope', label: LABELS.scope, text: this.siteName(site) },
      { id: 'from', label: LABELS.from, text: this.time(validFrom, site) },
      ...this.untilField(this.policies.nextFrom(document), site),
    ]
  }

  async apply(document: PolicyDocument, { manager, by, reason, origin }: ChangeApproval): Promise<() => Promise<void>> {
    const recorded = await this.policies.record({ ...document, reason }, { manager, by, origin })
    return () => this.policies.settle(recorded)
  }

  private untilField(until: string | null, site: string | null): ChangeField[] {
    return until === null ? [] : [{ id: 'until', label: LABELS.until, text: this.time(until, site) }]
  }

  private siteName(site: string | null): Bilingual {
    return site === null ? ALL_SITES : (this.catalog.snapshot.site(site)?.name ?? sameText(site))
  }

  private time(text: string, site: string | null): Bilingual {
    const zone = site === null ? undefined : this.catalog.snapshot.site(site)?.timeZone
    return sameText(timeText(Date.parse(text), zone ?? 'UTC'))
  }
}
