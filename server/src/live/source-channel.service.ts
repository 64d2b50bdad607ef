import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { SourceAge } from '@gemba/contracts/board'
import type { Principal } from '../accounts/principal.ts'
import { factScope } from '../datasets/data-gate.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { type ChannelHandle, type ChannelProvider, ChannelService, type Publish } from './channel.service.ts'

const LOOK_EVERY_MS = 1_000

/** The channel of source ages, for the health strip. */
@Injectable()
export class SourceChannel implements OnModuleInit, ChannelProvider {
  constructor(
    private readonly channels: ChannelService,
    private readonly sources: SourcesService,
  ) {}

  onModuleInit(): void {
    this.channels.provide('sources', this)
  }

  keyOf(_request: unknown, principal: Principal): string {
    return factScope(principal, 'source').key
  }

  private visible(principal: Principal): SourceAge[] {
    const scope = factScope(principal, 'source')
    return this.sources
      .ages(Date.now())
      .filter(({ source, family }) => scope.allows({ source, family, site: this.sources.definition(source)?.site }))
  }

  start(_request: unknown, publish: Publish, principal: Principal): ChannelHandle {
    let before = ''
    const timer = setInterval(() => {
      const ages = this.visible(principal)
      const text = JSON.stringify(ages)
      if (text === before) return
      before = text
      publish((seq) => ({ seq, serverTime: Date.now(), sources: ages }))
    }, LOOK_EVERY_MS)
    return { snapshot: async () => this.visible(principal), stop: () => clearInterval(timer) }
  }
}
