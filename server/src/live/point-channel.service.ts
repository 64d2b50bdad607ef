import { createHash } from 'node:crypto'
import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { ChannelRequest, PointSample } from '@gemba/contracts/events'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { factScope, placeRow } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { type ChannelHandle, type ChannelProvider, ChannelService, type Publish } from './channel.service.ts'
import { LiveService } from './live.service.ts'

/** Values of one moment go out together after at most this long. */
const COALESCE_MS = 20

type PointsRequest = Extract<ChannelRequest, { channel: 'points' }>

/** Channels of last values: every change of a wanted point, coalesced to the newest per message. */
@Injectable()
export class PointChannels implements OnModuleInit, ChannelProvider<PointsRequest> {
  constructor(
    private readonly channels: ChannelService,
    private readonly live: LiveService,
    private readonly catalog: CatalogService,
  ) {}

  onModuleInit(): void {
    this.channels.provide('points', this)
  }

  keyOf(request: PointsRequest, principal: Principal): string {
    const scope = factScope(principal, 'reading')
    const isHidden = (id: string): boolean => {
      const point = this.catalog.snapshot.point(id)
      return point === null || !scope.allows({ point: id, ...placeRow(point.equipment) })
    }
    const unknown = request.points.find(isHidden)
    if (unknown !== undefined) throw new Fault('INPUT_INVALID', { point: unknown })
    return createHash('sha256')
      .update([...new Set(request.points)].sort().join('\n'))
      .digest('base64url')
      .slice(0, 22)
  }

  start(request: PointsRequest, publish: Publish): ChannelHandle {
    const wanted = new Set(request.points)
    const waiting = new Map<string, PointSample>()
    let timer: NodeJS.Timeout | null = null
    const flush = () => {
      timer = null
      const samples = [...waiting.values()]
      waiting.clear()
      publish((seq) => ({ seq, serverTime: Date.now(), samples }))
    }
    const subscription = this.live.samples.subscribe((samples) => {
      for (const sample of samples) if (wanted.has(sample[0])) waiting.set(sample[0], sample)
      if (waiting.size > 0) timer ??= setTimeout(flush, COALESCE_MS)
    })
    return {
      snapshot: async () => [...wanted].map((point) => this.live.lastValue(point)).filter((sample) => sample !== null),
      stop: () => {
        subscription.unsubscribe()
        if (timer) clearTimeout(timer)
      },
    }
  }
}
