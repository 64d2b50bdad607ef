import { type DeliveryRecipient, type ScheduleRequest, mailAddress } from '@gemba/contracts/delivery'
import type { RecipientDirectory } from '@gemba/contracts/mail'

/** A recipient while it is being chosen: an outsider or webhook may still have to be confirmed. */
export type ChosenRecipient =
  | Extract<DeliveryRecipient, { kind: 'user' | 'group' }>
  | (Omit<Extract<DeliveryRecipient, { kind: 'external' }>, 'confirmed'> & { confirmed: boolean })
  | (Omit<Extract<DeliveryRecipient, { kind: 'channel' }>, 'confirmed'> & { confirmed: boolean })

/** Somebody who can be chosen, as the list shows it. */
export interface Candidate {
  readonly key: string
  readonly recipient: ChosenRecipient
  readonly name: string
  /** Account, address, kind of webhook, or the number of members. */
  readonly note: string
}

/** What would keep a letter from somebody, or from part of a group. `count` of `of` members. */
export interface RecipientWarning {
  readonly kind:
    | 'gone'
    | 'no-address'
    | 'no-right'
    | 'nobody'
    | 'some-without-address'
    | 'some-without-right'
    | 'needs-snapshot'
    | 'unconfirmed'
  readonly count?: number
  readonly of?: number
}

type Side = 'zh' | 'en'

/** The same for what would be the same line of the outbox. */
export function keyOf(recipient: ChosenRecipient): string {
  if (recipient.kind === 'user') return `user ${recipient.user}`
  if (recipient.kind === 'group') return `group ${recipient.group}`
  if (recipient.kind === 'channel') return `channel ${recipient.channel}`
  return `external ${recipient.address.toLowerCase()}`
}

/** Everybody of the directory, people first. */
export function candidatesOf(directory: RecipientDirectory, side: Side): Candidate[] {
  const candidate = (recipient: ChosenRecipient, name: string, note: string): Candidate => ({
    key: keyOf(recipient),
    recipient,
    name,
    note,
  })
  return [
    ...directory.users.map(({ user, name }) => candidate({ kind: 'user', user }, name[side], user)),
    ...directory.groups.map(({ group, name, members }) =>
      candidate({ kind: 'group', group }, name[side], String(members)),
    ),
    ...directory.contacts.map(({ name, address }) =>
      candidate({ kind: 'external', address, name, confirmed: false }, name, address),
    ),
    ...directory.channels.map(({ id, name, kind }) =>
      candidate({ kind: 'channel', channel: id, confirmed: false }, name, kind),
    ),
  ]
}

/** Candidates that hold the text in name, account or address. Those already chosen are left out. */
export function found(
  candidates: readonly Candidate[],
  { text, chosen }: { text: string; chosen: readonly ChosenRecipient[] },
): Candidate[] {
  const words = text.trim().toLowerCase()
  const taken = new Set(chosen.map(keyOf))
  return candidates.filter(
    ({ key, name, note, recipient }) =>
      !taken.has(key) &&
      `${name} ${note} ${recipient.kind === 'group' ? recipient.group : ''}`.toLowerCase().includes(words),
  )
}

/** Somebody who is in no list: `name address`, or the address alone. Null = there is no address in it. */
export function typedOutsider(text: string): ChosenRecipient | null {
  const [last = '', ...before] = text.trim().split(/\s+/).reverse()
  const address = last.replace(/^<|>$/g, '')
  if (!mailAddress.safeParse(address).success) return null
  return { kind: 'external', address, name: before.reverse().join(' ') || address, confirmed: false }
}

/** The name a recipient is shown under. */
export function nameOf(recipient: ChosenRecipient, directory: RecipientDirectory | undefined, side: Side): string {
  if (recipient.kind === 'external') return recipient.name
  const key = keyOf(recipient)
  const known = directory && candidatesOf(directory, side).find((each) => each.key === key)
  if (known) return known.name
  if (recipient.kind === 'user') return recipient.user
  return recipient.kind === 'group' ? recipient.group : recipient.channel
}

/** What has to be known before the schedule is saved. Under a shared snapshot nobody's own rights count. */
export function warningsOf(
  recipient: ChosenRecipient,
  { directory, rights }: { directory: RecipientDirectory; rights: ScheduleRequest['rights'] },
): RecipientWarning[] {
  const isOwn = rights === 'recipient'
  if (recipient.kind === 'user') {
    const user = directory.users.find((each) => each.user === recipient.user)
    if (user === undefined) return [{ kind: 'gone' }]
    return [
      ...(user.hasAddress ? [] : [{ kind: 'no-address' } as const]),
      ...(isOwn && user.maySee === false ? [{ kind: 'no-right' } as const] : []),
    ]
  }
  if (recipient.kind === 'group') {
    const group = directory.groups.find((each) => each.group === recipient.group)
    if (group === undefined) return [{ kind: 'gone' }]
    const { members: of, withoutAddress, withoutRight } = group
    if (of === 0) return [{ kind: 'nobody' }]
    return [
      ...(withoutAddress > 0 ? [{ kind: 'some-without-address', count: withoutAddress, of } as const] : []),
      ...(isOwn && withoutRight ? [{ kind: 'some-without-right', count: withoutRight, of } as const] : []),
    ]
  }
  if (recipient.kind === 'channel' && !directory.channels.some(({ id }) => id === recipient.channel))
    return [{ kind: 'gone' }]
  if (isOwn) return [{ kind: 'needs-snapshot' }]
  return recipient.confirmed ? [] : [{ kind: 'unconfirmed' }]
}
