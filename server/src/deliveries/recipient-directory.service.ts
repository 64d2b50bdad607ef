import { Injectable } from '@nestjs/common'
import type { RecipientDirectory } from '@gemba/contracts/mail'
import type { Principal } from '../accounts/principal.ts'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { Fault } from '../http/fault.ts'
import { Channels } from '../mail/channels.service.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { mayEdit } from './schedules.service.ts'

/** Who a schedule can be sent to, and what would keep a letter from them. */
@Injectable()
export class RecipientDirectoryService {
  constructor(
    private readonly rights: RightsService,
    private readonly mail: MailSettingsService,
    private readonly channels: Channels,
  ) {}

  async of(asking: Principal, report: string | null): Promise<RecipientDirectory> {
    if (!mayEdit(asking, '*')) throw new Fault('NO_ACCESS')
    const [principals, { addresses }, { contacts }, { channels }] = await Promise.all([
      this.rights.principals(),
      this.mail.addresses(),
      this.mail.contacts(),
      this.channels.list(),
    ])
    const reached = new Set(addresses.map(({ user }) => user))
    const people = principals.map((principal) => ({
      user: principal.user,
      name: principal.name,
      groups: principal.rights?.effective.groups ?? [],
      hasAddress: reached.has(principal.user),
      maySee: report === null ? null : getsReport(principal, report),
    }))
    const groups = this.rights.model.document.groups.map(({ id, name }) => {
      const members = people.filter((each) => each.groups.includes(id))
      return {
        group: id,
        name,
        members: members.length,
        withoutAddress: members.filter(({ hasAddress }) => !hasAddress).length,
        withoutRight: report === null ? null : members.filter(({ maySee }) => maySee === false).length,
      }
    })
    return {
      users: people.map(({ groups: _groups, ...person }) => person),
      groups,
      contacts,
      channels: channels.map(({ id, name, kind }) => ({ id, name, kind })),
    }
  }
}

/** What a render asks of whoever it is made for: to open the report, and to take it out of the product. */
function getsReport({ rights }: Principal, report: string): boolean {
  const object = { kind: 'report', id: report } as const
  return rights?.may('view', object) === true && rights.may('export', object)
}
