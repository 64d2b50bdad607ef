import { Body, Controller, Get, Inject, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type ChannelChange,
  type DeliveryChannels,
  type DemoMailbox,
  type MailAddresses,
  type MailSettings,
  type MailSettingsChange,
  channelChange,
  deliveryChannels,
  demoMailbox,
  mailAddresses,
  mailSettings,
  mailSettingsChange,
} from '@gemba/contracts/delivery'
import { CurrentActor } from '../accounts/current-principal.guard.ts'
import type { Actor } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Policy } from '../http/policy.ts'
import { Channels } from './channels.service.ts'
import { demoMails } from './demo-mailbox.ts'
import { MailSettingsService } from './mail-settings.service.ts'

@ApiTags('mail')
@Controller('api')
@Policy({ roles: ['admin', 'plant-it'] })
export class MailController {
  constructor(
    private readonly settings: MailSettingsService,
    private readonly channels: Channels,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  @Get('settings/mail')
  @Answers(mailSettings, 'The mail server in use; its password is never given out.')
  read(): Promise<MailSettings> {
    return this.settings.settings()
  }

  @Put('settings/mail')
  @Answers(mailSettings, 'As it is now.')
  change(
    @Body({ schema: mailSettingsChange }) change: MailSettingsChange,
    @CurrentActor() by: Actor,
  ): Promise<MailSettings> {
    return this.settings.change(change, by)
  }

  @Get('settings/mail/addresses')
  @Answers(mailAddresses, 'Where accounts get their mail.')
  addresses(): Promise<MailAddresses> {
    return this.settings.addresses()
  }

  @Put('settings/mail/addresses')
  @Answers(mailAddresses, 'As they are now.')
  changeAddresses(
    @Body({ schema: mailAddresses }) change: MailAddresses,
    @CurrentActor() by: Actor,
  ): Promise<MailAddresses> {
    return this.settings.changeAddresses(change, by)
  }

  @Get('settings/mail/channels')
  @Policy({ roles: ['admin', 'plant-it', 'manager', 'analyst'] })
  @Answers(deliveryChannels, 'Webhooks by name; their addresses hold keys and are not given out.')
  listChannels(): Promise<DeliveryChannels> {
    return this.channels.list()
  }

  @Put('settings/mail/channels')
  @Answers(deliveryChannels, 'As they are now.')
  changeChannel(
    @Body({ schema: channelChange }) change: ChannelChange,
    @CurrentActor() by: Actor,
  ): Promise<DeliveryChannels> {
    return this.channels.change(change, by)
  }

  @Get('demo/mail')
  @Policy({ roles: ['admin', 'plant-it'] })
  @Answers(demoMailbox, 'Mails that the sink of the reference factory took, newest first.')
  demo(): Promise<DemoMailbox> {
    // The letters of others: only where no real person writes or reads.
    if (!this.config.demo) throw new Fault('ROUTE_UNKNOWN')
    return demoMails(this.config.dataDir)
  }
}
