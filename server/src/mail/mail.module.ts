import { Module } from '@nestjs/common'
import { Channels } from './channels.service.ts'
import { MailController } from './mail.controller.ts'
import { MailSettingsService } from './mail-settings.service.ts'

@Module({
  controllers: [MailController],
  providers: [Channels, MailSettingsService],
  exports: [Channels, MailSettingsService],
})
export class MailModule {}
