import type { ChannelRequest, JoinAnswer } from '@gemba/contracts/events'
import { describe, expect, it } from 'vitest'
import { Fault } from '../http/fault.ts'
import { ChannelService, type Publish } from './channel.service.ts'

type Joined = Extract<JoinAnswer, { ok: true }>
type SourcesRequest = Extract<ChannelRequest, { channel: 'sources' }>

const HELD = 120
const somebody = { user: 'a', name: { zh: '甲', en: 'A' }, roles: [], sites: null }
const nobody = { ...somebody, user: 'nobody' }

/** The service with one kind of channel whose patches are made by hand. */
function setup(snapshot: () => Promise<unknown> = async () => 'now') {
  const channels = new ChannelService()
  const sent: [string, unknown][] = []
  const state = { started: 0, stopped: 0, publish: ((): void => undefined) as Publish }
  channels.sendWith((key, _kind, patch) => sent.push([key, patch]))
  channels.provide('sources', {
    keyOf: (_request: SourcesRequest, principal) => {
      if (principal.user === 'nobody') throw new Fault('NO_ACCESS')
      return 'all'
    },
    start: (_request: SourcesRequest, publish) => {
      state.started += 1
      state.publish = publish
      return { snapshot, stop: () => (state.stopped += 1) }
    },
  })
  const join = (socket: string, from: object = {}, principal = somebody): Promise<Joined> =>
    channels.join(socket, { channel: 'sources', ...from }, principal)
  const publish = (count: number): void => {
    for (let index = 0; index < count; index += 1) state.publish((seq) => `patch ${seq}`)
  }
  return { channels, sent, state, join, publish }
}

describe('a channel', () => {
  it('numbers its patches one by one and sends each once, however many look', async () => {
    const { join, publish, sent, state } = setup()
    const first = await join('a')
    await join('b')
    publish(3)
    expect(state.started).toBe(1)
    expect(sent).toEqual([1, 2, 3].map((seq) => [first.key, `patch ${seq}`]))
    expect((await join('c')).seq).toBe(3)
  })

  it('lives as long as somebody looks', async () => {
    const { channels, join, publish, sent, state } = setup()
    const { key } = await join('a')
    await join('b')
    channels.leave('a', key)
    channels.leave('a', key)
    expect([state.stopped, channels.subscriptions]).toEqual([0, 1])
    channels.gone('b')
    channels.gone('b')
    expect([state.stopped, channels.subscriptions, channels.subscriptionsOf('b')]).toEqual([1, 0, 0])
    publish(1)
    expect(sent).toEqual([])
  })

  it('counts a socket that joins twice once', async () => {
    const { channels, join, state } = setup()
    await join('a')
    await join('a')
    expect([channels.subscriptions, channels.subscriptionsOf('a')]).toEqual([1, 1])
    channels.gone('a')
    expect(state.stopped).toBe(1)
  })

  it('is not joined by whom its provider refuses, and not started for him', async () => {
    const { channels, join, state } = setup()
    await expect(join('a', {}, nobody)).rejects.toMatchObject({ code: 'NO_ACCESS' })
    await expect(channels.join('a', { channel: 'board', board: 'x' }, somebody)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    })
    expect([state.started, channels.subscriptions]).toEqual([0, 0])
  })

  it('whose picture fails holds no subscription and stops', async () => {
    const { channels, join, state } = setup(() => Promise.reject(new Error('away')))
    await expect(join('a')).rejects.toThrow('away')
    expect([state.stopped, channels.subscriptions]).toEqual([1, 0])
  })

  it('stops with the server', async () => {
    const { channels, join, state } = setup()
    await join('a')
    channels.stopAll()
    expect([state.stopped, channels.subscriptions]).toEqual([1, 0])
  })
})

describe('a client that comes back', () => {
  it('gets the patches after its last one, as many as are held', async () => {
    const { join, publish } = setup()
    const { epoch } = await join('a')
    publish(HELD + 30)
    const oldest = 30
    const back = await join('b', { epoch, since: oldest })
    expect(back.patches).toEqual(Array.from({ length: HELD }, (_, index) => `patch ${oldest + 1 + index}`))
    expect(back.seq).toBe(HELD + 30)
    expect(await join('c', { epoch, since: oldest - 1 })).toMatchObject({ snapshot: 'now' })
    expect((await join('d', { epoch, since: HELD + 30 })).patches).toEqual([])
  })

  it('gets a picture with a number of another numbering, of the future, or without its epoch', async () => {
    const { join, publish } = setup()
    const { epoch } = await join('a')
    publish(2)
    for (const from of [
      { since: 1, epoch: 'other' },
      { since: 3, epoch },
      { since: 1 },
      { epoch },
      { since: -1, epoch },
    ]) {
      const back = await join('b', from)
      expect([from, back.snapshot, back.patches]).toEqual([from, 'now', undefined])
    }
  })

  it('gets a picture when the channel had ended meanwhile: its numbers begin anew', async () => {
    const { channels, join, publish } = setup()
    const first = await join('a')
    publish(2)
    channels.gone('a')
    const second = await join('b')
    expect(second.epoch).not.toBe(first.epoch)
    publish(5)
    expect(await join('c', { epoch: first.epoch, since: 2 })).toMatchObject({ snapshot: 'now', seq: 5 })
  })
})
