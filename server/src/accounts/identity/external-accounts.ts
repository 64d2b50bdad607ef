import { Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import { Repository } from 'typeorm'
import { Fault } from '../../http/fault.ts'
import { securityEvent } from '../../http/security-event.ts'
import { AccountEntity } from '../account.entity.ts'
import type { PlacedRole } from './identity-source.ts'

/** A person as a provider or directory knows him. */
export interface ExternalIdentity {
  /** Never given to another person: `sub` of the provider, the distinguished name of the directory. */
  readonly subject: string
  readonly user: string
  readonly name: string
  readonly groups: readonly string[]
  /** By the mapping of groups; none = nobody comes in. */
  readonly placed: readonly PlacedRole[]
}

/** Latin, digits and Han: no letters that look like those of another script. */
const USER_SHAPE = /^(?=.{1,100}$)[a-z0-9\p{Script=Han}][a-z0-9\p{Script=Han}._@-]*$/u

/** Accounts of people whose password is kept elsewhere: made at the first sign-in, brought up to date at each. */
@Injectable()
export class ExternalAccounts {
  constructor(@InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>) {}

  /** Throws SINGLE_SIGN_ON_REFUSED when the person may not come in; the log says why. */
  async provision(means: 'oidc' | 'ldap', identity: ExternalIdentity): Promise<AccountEntity> {
    const refuse = (why: 'name' | 'group' | 'closed', text: string): never => {
      securityEvent('sign-in.refused', { means, subject: identity.subject.slice(0, 200), why: text })
      throw new Fault('SINGLE_SIGN_ON_REFUSED', { why })
    }
    const user = identity.user.normalize('NFKC').trim().toLowerCase()
    if (!USER_SHAPE.test(user)) refuse('name', 'the name holds characters that are not allowed')
    if (identity.placed.length === 0) refuse('group', 'no group of this person is mapped to a role')
    const known = await this.accounts.findOneBy({ means, subject: identity.subject })
    if (known && !known.active) refuse('closed', 'the account is not active')
    // A name that somebody else has stays his: nobody becomes another by choosing his name elsewhere.
    if (!known && (await this.accounts.existsBy({ id: user }))) refuse('name', 'another account has this name')
    const id = known?.id ?? user
    const name = (identity.name.trim() || user).slice(0, 200)
    const groups = identity.groups.slice(0, 500).map((group) => group.slice(0, 300))
    await this.accounts.upsert(
      {
        id,
        means,
        subject: identity.subject,
        nameZh: name,
        nameEn: name,
        roles: identity.placed.map(({ role }) => role),
        placedRoles: [...identity.placed],
        directoryGroups: groups,
        passwordHash: null,
      },
      ['id'],
    )
    return this.accounts.findOneByOrFail({ id })
  }
}
