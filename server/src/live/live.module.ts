import { Module } from '@nestjs/common'
import { ChannelService } from './channel.service.ts'
import { LiveRestore } from './live-restore.service.ts'
import { LiveService } from './live.service.ts'
import { LiveSockets } from './live-sockets.service.ts'
import { PointChannels } from './point-channel.service.ts'
import { SourceChannel } from './source-channel.service.ts'

@Module({
  providers: [ChannelService, LiveService, LiveRestore, LiveSockets, PointChannels, SourceChannel],
  exports: [ChannelService, LiveService, LiveSockets],
})
export class LiveModule {}
