import type { ReportRun } from '@gemba/contracts/report'
import type { ForeignJudgement } from './foreign-judgements.service.ts'
import { Column, Entity, PrimaryColumn } from 'typeorm'

/** A report and its working copy. */
@Entity('report')
export class ReportEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string

  /** Comes with the product. */
  @Column({ type: 'boolean', name: 'is_ready' })
  isReady!: boolean

  /** The text of the template as it was given. */
  @Column({ type: 'text', nullable: true })
  draft!: string | null

  @Column({ type: 'text', name: 'draft_state' })
  draftState!: 'none' | 'draft' | 'review'

  @Column({ type: 'integer', name: 'draft_revision' })
  draftRevision!: number

  @Column({ type: 'text', name: 'draft_by', nullable: true })
  draftBy!: string | null

  @Column({ type: 'timestamptz', name: 'draft_at', nullable: true })
  draftAt!: Date | null

  @Column({ type: 'text', name: 'submitted_by', nullable: true })
  submittedBy!: string | null

  @Column({ type: 'text', name: 'submitted_note' })
  submittedNote!: string
}

/** A published version; the store refuses to change one. */
@Entity('report_version')
export class ReportVersionEntity {
  @PrimaryColumn({ type: 'text' })
  report!: string

  @PrimaryColumn({ type: 'integer' })
  version!: number

  @Column({ type: 'text' })
  template!: string

  @Column({ type: 'text' })
  hash!: string

  @Column({ type: 'text', name: 'published_by' })
  publishedBy!: string

  @Column({ type: 'text', name: 'submitted_by', nullable: true })
  submittedBy!: string | null

  @Column({ type: 'timestamptz', name: 'published_at' })
  publishedAt!: Date

  @Column({ type: 'text' })
  note!: string
}

@Entity('report_run')
export class ReportRunEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string

  @Column({ type: 'text' })
  report!: string

  /** Whose eyes it was made with, and who looked through them. */
  @Column({ type: 'text' })
  owner!: string

  @Column({ type: 'text', name: 'viewed_by', nullable: true })
  viewedBy!: string | null

  /** The share link whose visitors started it: it is shown to them alone. */
  @Column({ type: 'uuid', name: 'share_link', nullable: true })
  shareLink!: string | null

  /** Rights of that moment: with others the result is not shown any more. */
  @Column({ type: 'text', name: 'rights_key' })
  rightsKey!: string

  /** How rows of files and databases of others were judged: judged otherwise, the result is not shown any more. */
  @Column({ type: 'jsonb', default: [] })
  judged!: ForeignJudgement[]

  @Column({ type: 'text' })
  state!: ReportRun['state']

  @Column({ type: 'jsonb' })
  document!: ReportRun

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date

  @Column({ type: 'timestamptz', name: 'kept_until' })
  keptUntil!: Date
}

export const REPORT_ENTITIES = [ReportEntity, ReportVersionEntity, ReportRunEntity]
