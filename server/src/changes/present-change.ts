/** A stored change as its readers see it. Pure. */
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ChangeLine, ChangePerson, ChangeRow, ChangeStep } from '@gemba/contracts/change'
import { sameText } from './change-lines.ts'
import type { ChangeSubject } from './change-owners.service.ts'
import type { StoredChange, StoredStep } from './change-rows.service.ts'
import { type ChangeReader, moveRefusal } from './change-states.ts'

/** Printed names of accounts; who is gone is named by the account. */
export type PersonNames = ReadonlyMap<string, Bilingual>

const personOf = (user: string, names: PersonNames): ChangePerson => ({
  user,
  name: names.get(user) ?? sameText(user),
})
const text = (at: Date | null): string | null => at?.toISOString() ?? null

export function presentRow(
  change: StoredChange,
  { subject, reader, names }: { subject: ChangeSubject; reader: ChangeReader; names: PersonNames },
): ChangeRow {
  return {
    id: change.id,
    kind: change.proposal.kind,
    subject: subject.key,
    title: subject.title,
    site: subject.site,
    state: change.state,
    author: personOf(change.author, names),
    reason: change.reason,
    effectiveFrom: subject.effectiveFrom === null ? null : new Date(subject.effectiveFrom).toISOString(),
    createdAt: change.createdAt.toISOString(),
    submittedAt: text(change.submittedAt),
    decidedAt: text(change.decidedAt),
    reviewer: change.reviewer === null ? null : personOf(change.reviewer, names),
    isEmergency: change.isEmergency,
    isMine: reader.isAuthor,
    waitsForMe: moveRefusal(change.state, 'approved', reader) === null,
  }
}

export const presentStep = ({ at, by, act, text: said }: StoredStep, names: PersonNames): ChangeStep => ({
  at: at.toISOString(),
  by: personOf(by, names),
  act,
  text: said,
})

/** What moved, in one sentence for a refusal. */
export function movedText(lines: readonly ChangeLine[]): Bilingual {
  const side = (of: 'zh' | 'en', comma: string): string =>
    lines.map(({ field, before, after }) => `${field[of]}: ${before?.[of] ?? '—'} → ${after?.[of] ?? '—'}`).join(comma)
  return { zh: side('zh', '；'), en: side('en', '; ') }
}
