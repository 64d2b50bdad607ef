import { Injectable, type OnModuleInit } from '@nestjs/common'
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

  keyOf(): string {
    return 'all'
  }

  start(_request: unknown, publish: Publish): ChannelHandle {
    let before = ''
    const timer = setInterval(() => {
      const ages = this.sources.ages(Date.now())
      const text = JSON.stringify(ages)
      if (text === before) return
      before = text
      publish((seq) => ({ seq, serverTime: Date.now(), sources: ages }))
    }, LOOK_EVERY_MS)
    return { snapshot: async () => this.sources.ages(Date.now()), stop: () => clearInterval(timer) }
  }
}
