import { Injectable } from '@nestjs/common'
import type { DeliveryReason, DeliveryReceipt } from '@gemba/contracts/delivery'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { Channels } from '../mail/channels.service.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import type { RunRow } from './delivery-rows.ts'

export interface Addressee {
  readonly kind: DeliveryReceipt['kind']
  readonly recipient: string
  readonly name: string
  readonly address: string | null
  /** Null = an outsider, or an account that is gone. */
  readonly principal: Principal | null
  /** Why nothing goes there; null = nothing is in the way. */
  readonly reason: DeliveryReason | null
}

/** Who gets a delivery now: groups are looked up at each run, and who left gets nothing. */
@Injectable()
export class Recipients {
  constructor(
    private readonly rights: RightsService,
    private readonly mail: MailSettingsService,
    private readonly channels: Channels,
  ) {}

  async of(run: Pick<RunRow, 'document' | 'only_for'>): Promise<Addressee[]> {
    if (run.only_for !== null) return [await this.user(run.only_for, run.document.locale)]
    const found = new Map<string, Addressee>()
    for (const recipient of run.document.recipients) {
      const some =
        recipient.kind === 'user'
          ? [await this.user(recipient.user, run.document.locale)]
          : recipient.kind === 'group'
            ? await this.group(recipient.group, run.document.locale)
            : recipient.kind === 'external'
              ? [outsider(recipient)]
              : [await this.channel(recipient.channel)]
      for (const each of some) found.set(`${each.kind} ${each.recipient}`, each)
    }
    return [...found.values()]
  }

  private async user(user: string, locale: 'zh-CN' | 'en'): Promise<Addressee> {
    const principal = await this.rights.principalOf(user)
    const address = principal === null ? null : await this.mail.addressOf(user)
    const name = principal === null ? user : principal.name[locale === 'en' ? 'en' : 'zh']
    const reason = principal === null ? 'account-gone' : address === null ? 'no-address' : null
    return { kind: 'user', recipient: user, name, address, principal, reason }
  }

  private async group(group: string, locale: 'zh-CN' | 'en'): Promise<Addressee[]> {
    const members = (await this.rights.principals()).filter(({ rights }) => rights?.effective.groups.includes(group))
    return Promise.all(members.map(({ user }) => this.user(user, locale)))
  }

  private async channel(channel: string): Promise<Addressee> {
    const name = await this.channels.nameOf(channel)
    const reason = name === null ? 'channel-gone' : null
    return { kind: 'channel', recipient: channel, name: name ?? channel, address: null, principal: null, reason }
  }
}

const outsider = ({ address, name }: { address: string; name: string }): Addressee => ({
  kind: 'external',
  recipient: address.toLowerCase(),
  name,
  address,
  principal: null,
  reason: null,
})
