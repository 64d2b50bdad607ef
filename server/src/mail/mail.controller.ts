import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common'
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
import {
  type AccountAddress,
  type ChannelTrial,
  type MailContact,
  type MailContacts,
  type MailPeople,
  type MailTrial,
  type MailTrialRequest,
  accountAddress,
  channelTrial,
  mailContact,
  mailContacts,
  mailPeople,
  mailTrial,
  mailTrialRequest,
} from '@gemba/contracts/mail'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { seesWholePlant } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { Pacing } from '../http/pacing.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Channels } from './channels.service.ts'
import { demoMails } from './demo-mailbox.ts'
import { MailSettingsService } from './mail-settings.service.ts'

@ApiTags('mail')
@Controller('api')
@Policy({ roles: ['admin', 'plant-it'] })
@OpenTo({ scope: null })
export class MailController {
  /** Each goes to another machine, or to somebody's mailbox. */
  private readonly pacing = new Pacing(5, 5)

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

  @Post('settings/mail/trial')
  @HttpCode(200)
  @Answers(mailTrial, 'A letter through the saved mail server, stage by stage.')
  attempt(@Body({ schema: mailTrialRequest }) { to }: MailTrialRequest, @CurrentActor() by: Actor): Promise<MailTrial> {
    this.pace(by)
    return this.settings.attempt(to, by)
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

  @Get('settings/mail/people')
  @Answers(mailPeople, 'Active accounts, and where each gets its mail.')
  people(): Promise<MailPeople> {
    return this.settings.people()
  }

  @Put('settings/mail/people/:user')
  @Answers(mailPeople, 'As they are now.')
  changeAddress(
    @Param('user') user: string,
    @Body({ schema: accountAddress }) change: AccountAddress,
    @CurrentActor() by: Actor,
  ): Promise<MailPeople> {
    return this.settings.changeAddress(user, change, by)
  }

  @Get('settings/mail/contacts')
  @Answers(mailContacts, 'People without an account who may be written to.')
  contacts(): Promise<MailContacts> {
    return this.settings.contacts()
  }

  @Put('settings/mail/contacts')
  @Answers(mailContacts, 'As they are now.')
  changeContact(@Body({ schema: mailContact }) contact: MailContact, @CurrentActor() by: Actor): Promise<MailContacts> {
    return this.settings.changeContact(contact, by)
  }

  @Delete('settings/mail/contacts/:address')
  @Answers(mailContacts, 'As they are now.')
  removeContact(@Param('address') address: string, @CurrentActor() by: Actor): Promise<MailContacts> {
    return this.settings.removeContact(address, by)
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

  @Post('settings/mail/channels/:id/trial')
  @HttpCode(200)
  @Answers(channelTrial, 'What the webhook answered to a trial.')
  attemptChannel(@Param('id') id: string, @CurrentActor() by: Actor): Promise<ChannelTrial> {
    this.pace(by)
    return this.channels.attempt(id, by)
  }

  @Delete('settings/mail/channels/:id')
  @Answers(deliveryChannels, 'As they are now.')
  removeChannel(@Param('id') id: string, @CurrentActor() by: Actor): Promise<DeliveryChannels> {
    return this.channels.remove(id, by)
  }

  @Get('demo/mail')
  @Policy({ roles: ['admin', 'plant-it'] })
  @Answers(demoMailbox, 'Mails that the sink of the reference factory took, newest first.')
  demo(@CurrentPrincipal() principal: Principal): Promise<DemoMailbox> {
    // The letters of others: only where no real person writes or reads, and only for who may see what is in them.
    if (!this.config.demo) throw new Fault('ROUTE_UNKNOWN')
    if (!seesWholePlant(principal)) throw new Fault('NO_ACCESS')
    return demoMails(this.config.dataDir)
  }

  private pace({ user }: Actor): void {
    const retryAfterS = this.pacing.take(user, Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
  }
}
