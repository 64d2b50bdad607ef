import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import type { RetentionClass, RetentionDocument } from '@gemba/contracts/retention'
import type { EntityManager } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import type { ChangeField } from '../changes/change-lines.ts'
import {
  type ChangeApproval,
  type ChangeOwner,
  ChangeOwners,
  type ChangeSubject,
} from '../changes/change-owners.service.ts'
import { seesWholePlant } from '../datasets/data-gate.ts'
import { RetentionService } from './retention.service.ts'

const CLASSES: Record<RetentionClass, Bilingual> = {
  raw: { zh: '隔离的原始行', en: 'Quarantined rows' },
  telemetry: { zh: '读数', en: 'Readings' },
  aggregates: { zh: '分钟汇总', en: 'Roll-ups by the minute' },
  facts: { zh: '时间窗与记录', en: 'Windows and records' },
}
const KEPT = { zh: '保留', en: 'Kept for' }
const FOR_EVER = { zh: '永久', en: 'ever' }

/** Times of retention that wait for another person. */
@Injectable()
export class RetentionChanges implements OnModuleInit, ChangeOwner<RetentionDocument> {
  constructor(
    private readonly retention: RetentionService,
    private readonly owners: ChangeOwners,
  ) {}

  onModuleInit(): void {
    this.owners.provide('retention', this)
  }

  subject({ class: name }: RetentionDocument): ChangeSubject {
    const { zh, en } = CLASSES[name]
    return { key: name, title: { zh: `保留期 · ${zh}`, en: `Retention · ${en}` }, site: null, effectiveFrom: null }
  }

  /** Rows of all sites lie together. */
  allows(act: 'view' | 'submit' | 'approve', _document: RetentionDocument, principal: Principal): boolean {
    return seesWholePlant(principal) && (act === 'view' || principal.roles.includes('admin'))
  }

  check(document: RetentionDocument): void {
    this.retention.check(document)
  }

  inForce({ class: name }: RetentionDocument, within?: EntityManager): Promise<{ keepDays: number | null }> {
    return this.retention.inForce(name, within)
  }

  fieldsInForce(base: unknown): ChangeField[] {
    return keptFields((base as { keepDays: number | null }).keepDays)
  }

  fieldsOf({ keepDays }: RetentionDocument): ChangeField[] {
    return keptFields(keepDays)
  }

  async apply(
    document: RetentionDocument,
    { manager, by, reason, origin }: ChangeApproval,
  ): Promise<() => Promise<void>> {
    await this.retention.record({ ...document, reason }, { manager, by, origin })
    return () => Promise.resolve()
  }
}

const keptFields = (keepDays: number | null): ChangeField[] => {
  const text = keepDays === null ? FOR_EVER : { zh: `${keepDays} 天`, en: `${keepDays} days` }
  return [{ id: 'keepDays', label: KEPT, text }]
}
