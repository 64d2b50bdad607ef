import { EventEmitter } from 'node:events'
import type { IPublishPacket, MqttClient } from 'mqtt'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { DeferredAcks } from './deferred-acks.ts'

/** The parts of mqtt.js that take part; the medium test watches the real ones. */
class FakeClient extends EventEmitter {
  readonly sent: number[] = []
  handleMessage: (packet: IPublishPacket, next: (error?: Error) => void) => void = () => undefined
  _sendPacket(packet: { messageId: number }): void {
    this.sent.push(packet.messageId)
  }
  /** Whether the client would acknowledge by itself. */
  receive(messageId: number, qos: 0 | 1 = 1): boolean {
    let isOwnAck = false
    const packet = { cmd: 'publish', topic: 't', payload: Buffer.from(''), qos, dup: false, retain: false } as const
    this.handleMessage(qos === 0 ? packet : { ...packet, messageId }, (error) => (isOwnAck = error === undefined))
    return isOwnAck
  }
}

let client: FakeClient
let commits: { resolve: () => void; reject: (error: Error) => void }[]
beforeEach(() => {
  client = new FakeClient()
  commits = []
  const committed = () => new Promise<void>((resolve, reject) => commits.push({ resolve, reject }))
  new DeferredAcks(client as unknown as MqttClient, () => undefined, committed)
  client.emit('connect')
})
const commitNext = async (): Promise<void> => {
  await vi.waitUntil(() => commits.length > 0, { timeout: 30_000 })
  commits.shift()?.resolve()
  await new Promise(setImmediate)
}

describe('deferred acknowledgements', () => {
  it('follow the commit, in the order of arrival', async () => {
    for (const messageId of [3, 1, 2]) expect(client.receive(messageId)).toBe(false)
    await new Promise(setImmediate)
    expect(client.sent).toEqual([])
    await commitNext()
    await commitNext()
    expect(client.sent).toEqual([3, 1, 2])
  })

  it('leave QoS 0 to the client', () => {
    expect(client.receive(0, 0)).toBe(true)
    expect(commits).toEqual([])
  })

  it('are not sent on another connection than the one the message came by', async () => {
    client.receive(1)
    client.emit('connect')
    await commitNext()
    expect(client.sent).toEqual([])
  })

  it('go on for messages of the new connection, also when no further message comes', async () => {
    client.receive(1)
    client.emit('connect')
    client.receive(2)
    await commitNext()
    await commitNext()
    expect(client.sent).toEqual([2])
  })

  it('are never sent for what was dropped, and go on after it', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    client.receive(1)
    commits.shift()?.reject(new Error('The lines were dropped'))
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(client.sent).toEqual([])
    client.emit('connect')
    client.receive(2)
    await commitNext()
    expect(client.sent).toEqual([2])
  })
})
