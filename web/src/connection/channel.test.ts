import type { SourceAge } from '@gemba/contracts/board'
import type { ChannelRequest, JoinAnswer } from '@gemba/contracts/events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel, type ChannelLine, type ChannelState, isFinal } from './channel.ts'

const AT = Date.parse('2026-11-21T05:30:00Z')
const age = (lastDataAt: number): SourceAge => ({
  source: 'mes-suz',
  name: { zh: 'MES', en: 'MES' },
  family: 'mes',
  lastDataAt,
  periodMs: 60_000,
  limitMs: 900_000,
  state: 'running',
})
const patch = (seq: number) => ({ seq, serverTime: AT, sources: [age(AT + seq)] })

/** A line whose answers the test gives by hand. */
class HandLine implements ChannelLine {
  readonly asked: { request: ChannelRequest; answer: (reply: JoinAnswer | null) => void }[] = []
  readonly waiting: { attempt: number; retry: () => void }[] = []
  early: unknown[] = []
  join(request: ChannelRequest, answer: (reply: JoinAnswer | null) => void): void {
    this.asked.push({ request, answer })
  }
  retryLater(attempt: number, retry: () => void): () => void {
    const entry = { attempt, retry }
    this.waiting.push(entry)
    return () => void this.waiting.splice(this.waiting.indexOf(entry), this.waiting.includes(entry) ? 1 : 0)
  }
  takeEarly(): unknown[] {
    return this.early
  }
  answer(reply: JoinAnswer | null): void {
    this.asked.at(-1)?.answer(reply)
  }
}

function open() {
  const line = new HandLine()
  const seen: (string | number)[] = []
  const states: ChannelState[] = []
  const channel = new Channel<'sources'>(
    { channel: 'sources' },
    {
      snapshot: (_snapshot, seq) => seen.push(`snapshot ${seq}`),
      patch: (_patch, seq) => seen.push(seq),
      state: (state) => states.push(state),
    },
    line,
  )
  channel.lineUp()
  return { line, seen, states, channel }
}
const snapshotAt = (seq: number, epoch = 'e1'): JoinAnswer => ({
  ok: true,
  key: 'sources:all',
  epoch,
  seq,
  snapshot: [age(AT)],
})

describe('a channel', () => {
  it('starts with a snapshot and applies each patch once and in order', () => {
    const { line, seen, channel } = open()
    line.answer(snapshotAt(7))
    for (const seq of [7, 8, 8, 9]) channel.receive(patch(seq))
    expect(seen).toEqual(['snapshot 7', 8, 9])
  })

  it('asks from its last sequence when a patch is missing, and then goes on without a hole', () => {
    const { line, seen, channel } = open()
    line.answer(snapshotAt(7))
    channel.receive(patch(10))
    channel.receive(patch(11))
    expect(line.asked.at(-1)?.request).toMatchObject({ since: 7, epoch: 'e1' })
    line.answer({ ok: true, key: 'sources:all', epoch: 'e1', seq: 10, patches: [patch(8), patch(9), patch(10)] })
    expect(seen).toEqual(['snapshot 7', 8, 9, 10, 11])
  })

  it('continues after a loss with the missing patches, or with a snapshot when the server forgot them', () => {
    const { line, seen, states, channel } = open()
    line.answer(snapshotAt(3))
    channel.lineDown()
    channel.lineUp()
    expect(line.asked.at(-1)?.request).toMatchObject({ since: 3, epoch: 'e1' })
    line.answer({ ok: true, key: 'sources:all', epoch: 'e1', seq: 4, patches: [patch(4)] })
    channel.lineDown()
    channel.lineUp()
    line.answer(snapshotAt(1, 'e2'))
    channel.receive(patch(2))
    expect(seen).toEqual(['snapshot 3', 4, 'snapshot 1', 2])
    expect(states).toEqual(['live', 'lost', 'live', 'lost', 'live'])
  })

  it('keeps patches that overtake the answer of the join', () => {
    const { line, seen, channel } = open()
    line.early = [patch(8)]
    line.answer(snapshotAt(7))
    channel.receive(patch(9))
    expect(seen).toEqual(['snapshot 7', 8, 9])
  })

  it('wants a new snapshot, after a pause that grows, when a patch breaks the contract', () => {
    const { line, seen, channel } = open()
    line.answer(snapshotAt(1))
    channel.receive({ seq: 'two' })
    expect(line.waiting).toHaveLength(1)
    line.waiting[0]?.retry()
    expect(line.asked.at(-1)?.request).toEqual({ channel: 'sources' })
    line.answer(snapshotAt(5))
    channel.receive({ seq: 6 })
    expect(line.waiting.at(-1)?.attempt).toBe(1)
    expect(seen).toEqual(['snapshot 1', 'snapshot 5'])
  })

  it('does not loop when the server answers with a hole of its own', () => {
    const { line, channel } = open()
    line.answer(snapshotAt(1))
    channel.receive(patch(9))
    line.answer({ ok: true, key: 'sources:all', epoch: 'e1', seq: 9, patches: [patch(8), patch(9)] })
    expect(line.asked).toHaveLength(2)
    expect(line.waiting).toHaveLength(1)
  })

  it('stops for good when it is refused, and tries again when the refusal may pass', () => {
    const refused = open()
    refused.line.answer({ ok: false, code: 'NO_ACCESS', title: 'No access' })
    expect(refused.states).toEqual(['refused'])
    refused.channel.lineDown()
    refused.channel.lineUp()
    expect(refused.line.asked).toHaveLength(1)

    const passing = open()
    passing.line.answer({ ok: false, code: 'STORE_AWAY', title: 'A store cannot be reached' })
    expect(passing.states).toEqual([])
    expect(passing.line.waiting).toHaveLength(1)
    expect(isFinal('NOT_SIGNED_IN')).toBe(true)
  })

  it('says nothing more after it was closed', () => {
    const { line, seen, channel } = open()
    channel.close()
    line.answer(snapshotAt(1))
    channel.receive(patch(2))
    expect(seen).toEqual([])
  })

  it('shows every sequence from its snapshot to the newest exactly once, whatever is lost or doubled', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('send', 'lose', 'double', 'cut'), { maxLength: 60 }), (events) => {
        const { line, seen, channel } = open()
        let seq = 0
        const answerOpenJoin = () => {
          const asked = line.asked.at(-1)
          const since = (asked?.request as { since?: number }).since
          if (since === undefined) return line.answer(snapshotAt(seq))
          const patches = Array.from({ length: seq - since }, (_, index) => patch(since + 1 + index))
          line.answer({ ok: true, key: 'sources:all', epoch: 'e1', seq, patches })
        }
        answerOpenJoin()
        for (const event of events) {
          if (event === 'cut') {
            channel.lineDown()
            channel.lineUp()
          } else {
            seq += 1
            if (event !== 'lose') channel.receive(patch(seq))
            if (event === 'double') channel.receive(patch(seq))
          }
          if (channel.isJoining) answerOpenJoin()
        }
        seq += 1
        channel.receive(patch(seq))
        if (channel.isJoining) answerOpenJoin()
        expect(seen).toEqual(['snapshot 0', ...Array.from({ length: seq }, (_, index) => index + 1)])
      }),
    )
  })
})
