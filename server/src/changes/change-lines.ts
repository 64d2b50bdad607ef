/** A readable difference of two documents, field by field. Pure. */
import type { Bilingual } from '@gemba/contracts/catalog'
import type { ChangeLine } from '@gemba/contracts/change'
import { formatClock, formatDate } from '@gemba/engine/format/times'

/** One field of a document in words of the domain, with its unit. */
export interface ChangeField {
  readonly id: string
  readonly label: Bilingual
  readonly text: Bilingual
  /** Says which record it is, not what it says: shown where something has moved, not where something is proposed. */
  readonly isMark?: true
}

/** The fields of both, in the order of the later one; what only the earlier one has stands at the end. */
export function differenceOf(before: readonly ChangeField[], after: readonly ChangeField[]): ChangeLine[] {
  const earlier = new Map(before.map((field) => [field.id, field]))
  const later = new Set(after.map(({ id }) => id))
  const line = (field: ChangeField, from: Bilingual | null, to: Bilingual | null): ChangeLine => ({
    id: field.id,
    field: field.label,
    before: from,
    after: to,
    changed: from?.zh !== to?.zh || from?.en !== to?.en,
  })
  return [
    ...after.map((field) => line(field, earlier.get(field.id)?.text ?? null, field.text)),
    ...before.filter(({ id }) => !later.has(id)).map((field) => line(field, field.text, null)),
  ]
}

/** What a proposal changes: fields of what is in force against its own. */
export const proposedDifference = (inForce: readonly ChangeField[], proposed: readonly ChangeField[]): ChangeLine[] =>
  differenceOf(
    inForce.filter(({ isMark }) => isMark !== true),
    proposed,
  )

/** A text that is the same in both languages. */
export const sameText = (text: string): Bilingual => ({ zh: text, en: text })

/** Names one after the other; `none` when there is none. */
export function listText(names: readonly Bilingual[], none: Bilingual): Bilingual {
  if (names.length === 0) return none
  return { zh: names.map(({ zh }) => zh).join('、'), en: names.map(({ en }) => en).join(', ') }
}

/** Both languages where they differ: a name is one field with two texts. */
export const nameText = ({ zh, en }: Bilingual): Bilingual => (zh === en ? { zh, en } : sameText(`${zh} / ${en}`))

/** An instant on the clock of a place, with the zone: `2026-11-20 08:00 Asia/Shanghai`. */
export const timeText = (at: number, timeZone: string): string =>
  `${formatDate(at, timeZone)} ${formatClock(at, timeZone)} ${timeZone}`
