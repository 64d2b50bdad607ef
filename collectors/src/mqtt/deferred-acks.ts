/**
 * Acknowledges QoS 1 messages only after they are durable, without stopping the client: `handleMessage` is answered with
 * an error, which makes mqtt.js skip its own PUBACK and go on; the PUBACK follows after the commit, in order of arrival.
 * `_sendPacket` is private to mqtt.js: the version is pinned and a contract test watches it.
 */
import type { IPublishPacket, MqttClient, Packet } from 'mqtt'

const HELD = new Error('acknowledged after the commit')

type Internals = { _sendPacket(packet: { cmd: 'puback'; messageId: number; reasonCode?: number }): void }

export class DeferredAcks {
  private readonly client: MqttClient
  private generation = 0
  private pending: number[] = []
  private flushing = false
  private readonly committed: () => Promise<void>

  constructor(client: MqttClient, handle: (packet: IPublishPacket) => void, committed: () => Promise<void>) {
    this.client = client
    this.committed = committed
    client.handleMessage = (packet: IPublishPacket, next: (error?: Error) => void) => {
      handle(packet)
      if (packet.qos === 0 || packet.messageId === undefined) return next()
      this.pending.push(packet.messageId)
      next(HELD)
      void this.flush()
    }
    // What was not acknowledged comes again with the new connection.
    client.on('connect', () => {
      this.generation += 1
      this.pending = []
    })
  }

  private async flush(): Promise<void> {
    if (this.flushing) return
    this.flushing = true
    while (this.pending.length > 0) {
      const batch = this.pending
      const generation = this.generation
      this.pending = []
      const isDurable = await this.committed().then(
        () => true,
        () => false,
      )
      // What was dropped, or came by a connection that is gone, stays unacknowledged and comes again.
      if (!isDurable || generation !== this.generation) continue
      for (const messageId of batch) (this.client as unknown as Internals)._sendPacket({ cmd: 'puback', messageId })
    }
    this.flushing = false
  }
}

export type { Packet }
