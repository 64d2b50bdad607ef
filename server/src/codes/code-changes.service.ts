import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { CodeMappingDocument, MappedDomain } from '@gemba/contracts/code-mapping'
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
import { equipmentScope, seesWholePlant } from '../datasets/data-gate.ts'
import { type CodeInForce, CodesService } from './codes.service.ts'

const DOMAINS: Record<MappedDomain, Bilingual> = {
  reason: { zh: '停机原因', en: 'stop reason' },
  material: { zh: '物料', en: 'material' },
  'work-center': { zh: '工作中心', en: 'work centre' },
}
const LABELS = {
  target: { zh: '含义', en: 'Meaning' },
  from: { zh: '生效', en: 'From' },
  until: { zh: '有效至', en: 'Until' },
  version: { zh: '最近版本', en: 'Latest version' },
} as const
const ITSELF = { zh: '无映射', en: 'no mapping' }
const ALWAYS = { zh: '一直', en: 'always' }
const NONE = { zh: '无', en: 'none' }

/** Meanings of codes that wait for another person. */
@Injectable()
export class CodeChanges implements OnModuleInit, ChangeOwner<CodeMappingDocument> {
  constructor(
    private readonly codes: CodesService,
    private readonly catalog: CatalogService,
    private readonly owners: ChangeOwners,
  ) {}

  onModuleInit(): void {
    this.owners.provide('code-mapping', this)
  }

  /** Whether codes of a source are the principal's to see: those of a source that is gone are for who sees all sites. */
  maySee(principal: Principal, source: string): boolean {
    const site = this.siteOf(source)
    return site === null ? seesWholePlant(principal) : equipmentScope(principal).allows(site)
  }

  subject({ domain, source, code, validFrom }: CodeMappingDocument): ChangeSubject {
    const title = {
      zh: `编码 ${code} · ${DOMAINS[domain].zh} · ${source}`,
      en: `Code ${code} · ${DOMAINS[domain].en} · ${source}`,
    }
    return { key: `${source}:${domain}:${code}`, title, site: this.siteOf(source), effectiveFrom: validFrom }
  }

  allows(act: 'view' | 'submit' | 'approve', { source }: CodeMappingDocument, principal: Principal): boolean {
    if (act === 'submit' && !principal.roles.some((role) => role === 'admin' || role === 'quality')) return false
    return this.maySee(principal, source)
  }

  check(document: CodeMappingDocument): void {
    this.codes.check(document)
  }

  inForce(document: CodeMappingDocument, within?: EntityManager): Promise<CodeInForce> {
    return this.codes.meaningInForce(document, within)
  }

  fieldsInForce(base: unknown, { domain, source }: CodeMappingDocument): ChangeField[] {
    // Made by `inForce` of this class and kept as it was.
    const { target, since, until, newest } = base as CodeInForce
    const latest = newest && { ...this.targetText(domain, newest.target), id: newest.id, by: newest.by }
    return [
      { id: 'target', label: LABELS.target, text: this.targetText(domain, target) },
      { id: 'from', label: LABELS.from, text: since === null ? ALWAYS : this.time(since, source) },
      ...this.untilField(until, source),
      {
        id: 'version',
        label: LABELS.version,
        isMark: true,
        text: latest
          ? { zh: `#${latest.id} ${latest.zh} · ${latest.by}`, en: `#${latest.id} ${latest.en} · ${latest.by}` }
          : NONE,
      },
    ]
  }

  fieldsOf(document: CodeMappingDocument): ChangeField[] {
    const { domain, source, target, validFrom } = document
    return [
      { id: 'target', label: LABELS.target, text: this.targetText(domain, target) },
      { id: 'from', label: LABELS.from, text: this.time(validFrom, source) },
      ...this.untilField(this.codes.nextFrom(document), source),
    ]
  }

  async apply(
    document: CodeMappingDocument,
    { manager, by, reason, origin }: ChangeApproval,
  ): Promise<() => Promise<void>> {
    this.codes.check(document)
    const spans = await this.codes.affected(document)
    const recorded = await this.codes.record({ ...document, reason }, { manager, by, spans, origin })
    return () => this.codes.settle(recorded)
  }

  private untilField(until: string | null, source: string): ChangeField[] {
    return until === null ? [] : [{ id: 'until', label: LABELS.until, text: this.time(until, source) }]
  }

  /** The id with the name that the catalog has for it. */
  private targetText(domain: MappedDomain, target: string | null): Bilingual {
    if (target === null) return ITSELF
    const { snapshot } = this.catalog
    const known = {
      reason: () => snapshot.reason(target)?.name,
      material: () => snapshot.material(target)?.name,
      'work-center': () => snapshot.equipment(target)?.name,
    }[domain]()
    return known ? { zh: `${target} ${known.zh}`, en: `${target} ${known.en}` } : sameText(target)
  }

  private siteOf(source: string): string | null {
    return this.catalog.snapshot.document.sources.find(({ id }) => id === source)?.site ?? null
  }

  private time(text: string, source: string): Bilingual {
    const site = this.siteOf(source)
    const zone = site === null ? undefined : this.catalog.snapshot.site(site)?.timeZone
    return sameText(timeText(Date.parse(text), zone ?? 'UTC'))
  }
}
