import { Injectable } from '@nestjs/common'
import type { AccountChange, AccountMade, AccountState, NewAccount } from '@gemba/contracts/account'
import { DataSource, type EntityManager } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { Fault } from '../http/fault.ts'
import { securityEvent } from '../http/security-event.ts'
import { AccountEntity } from './account.entity.ts'
import { AccountsService } from './accounts.service.ts'
import { newOneTimePassword } from './one-time-password.ts'
import { SecondFactor } from './second-factor/second-factor.ts'
import { SessionService } from './session.service.ts'

const OWN_ACCOUNT = {
  zh: '不能停用自己的账号，也不能取消自己的管理员角色：请由另一位管理员来做。',
  en: 'You cannot close your own account or give up its role admin: another administrator has to do it.',
}
const LAST_ADMIN = {
  zh: '这是最后一位可用的管理员；请先让另一个账号成为管理员。',
  en: 'It is the last active administrator; make another account one first.',
}
const NAME_TAKEN = { zh: '这个账号名已被使用。', en: 'The name is taken.' }
const ROLES_ELSEWHERE = {
  zh: '此账号的姓名和角色来自公司目录，每次登录时更新；请在目录中修改所属组，或在此单独授权。',
  en: 'Name and roles of this account come from the directory at each sign-in; change its groups there, or give a role beside it here.',
}

const identityOf = ({ nameZh, nameEn, roles, active }: AccountEntity): AccountChange => ({
  name: { zh: nameZh, en: nameEn },
  roles,
  active,
})

/** Accounts as administrators look after them: made, changed, closed. Somebody is always left who can put things right. */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionService,
    private readonly secondFactor: SecondFactor,
    private readonly audit: AuditService,
  ) {}

  /** ACCOUNT_UNKNOWN when there is none; closed accounts are found too. */
  async state(user: string, by: Actor): Promise<AccountState> {
    const account = await this.known(user)
    const [last] = await this.database.query<{ at_ms: string; address: string | null }[]>(
      `SELECT at_ms, address FROM audit_entry WHERE actor = $1 AND action = 'sign-in.ok' ORDER BY at_ms DESC LIMIT 1`,
      [account.id],
    )
    const lockedUntil = account.lockedUntil?.getTime() ?? 0
    return {
      user: account.id,
      ...identityOf(account),
      means: account.means,
      directoryGroups: account.directoryGroups,
      lockedUntilAt: lockedUntil > Date.now() ? lockedUntil : null,
      mustChangePassword: account.mustChangePassword,
      passwordChangedAt: account.passwordChangedAt?.getTime() ?? null,
      secondFactorAt: account.totpEnrolledAt?.getTime() ?? null,
      recoveryCodesLeft: await this.secondFactor.recoveryCodesLeft(account.id),
      lastSignIn: last ? { at: Number(last.at_ms), address: last.address } : null,
      isOwn: account.id === by.user,
    }
  }

  async make({ user, name, roles }: NewAccount, by: Actor): Promise<AccountMade> {
    const password = newOneTimePassword()
    await this.database.transaction(async (manager) => {
      const accounts = manager.getRepository(AccountEntity)
      if (await accounts.existsBy({ id: user })) throw new Fault('ACCESS_CONFLICT', { user }, NAME_TAKEN)
      const after = { name, roles, active: true }
      await accounts.insert({ id: user, nameZh: name.zh, nameEn: name.en, roles, passwordHash: null })
      const object = { kind: 'account', id: user }
      await this.audit.record({ stream: 'change', action: 'account.made', by, object, before: null, after }, manager)
    })
    await this.accounts.setPassword(user, password, true)
    securityEvent('account.made', { user, by: by.user })
    return { user, password }
  }

  async change(user: string, next: AccountChange, by: Actor): Promise<AccountState> {
    const changed = await this.database.transaction(async (manager) => {
      const admins = await lockedAdmins(manager)
      const account = await this.known(user, manager)
      const before = identityOf(account)
      checkChange({ account, next, admins, by })
      await manager.update(
        AccountEntity,
        { id: account.id },
        { nameZh: next.name.zh, nameEn: next.name.en, roles: next.roles, active: next.active },
      )
      const object = { kind: 'account', id: account.id }
      await this.audit.record({ stream: 'change', action: 'account.changed', by, object, before, after: next }, manager)
      return account
    })
    // Live connections were judged with the roles from before.
    const isLess = !next.active || changed.roles.some((role) => !next.roles.includes(role))
    if (isLess) await this.sessions.closeAll(changed.id, changed.id === by.user ? by.session : null)
    this.sessions.forgetAccount(changed.id)
    securityEvent('account.changed', { user: changed.id, by: by.user })
    return this.state(changed.id, by)
  }

  private async known(user: string, manager: EntityManager = this.database.manager): Promise<AccountEntity> {
    const id = user.trim().toLowerCase()
    const account = id.includes('\0') ? null : await manager.findOneBy(AccountEntity, { id })
    if (!account) throw new Fault('ACCOUNT_UNKNOWN')
    return account
  }
}

/** Active administrators, held until the end of the transaction: two of them cannot close each other's accounts. */
async function lockedAdmins(manager: EntityManager): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM user_account WHERE active AND 'admin' = ANY(roles) ORDER BY id FOR UPDATE`,
  )
  return rows.map(({ id }) => id)
}

function checkChange({
  account,
  next,
  admins,
  by,
}: {
  account: AccountEntity
  next: AccountChange
  admins: readonly string[]
  by: Actor
}): void {
  const isAdmin = next.active && next.roles.includes('admin')
  if (!admins.includes(by.user)) throw new Fault('NO_ACCESS')
  if (account.id === by.user && !isAdmin) throw new Fault('ACCESS_CONFLICT', { user: account.id }, OWN_ACCOUNT)
  if (!isAdmin && admins.every((id) => id === account.id))
    throw new Fault('ACCESS_CONFLICT', { user: account.id }, LAST_ADMIN)
  const { name, roles } = identityOf(account)
  const isSame = name.zh === next.name.zh && name.en === next.name.en && roles.join() === next.roles.join()
  if (account.means !== 'password' && !isSame)
    throw new Fault('ACCESS_CONFLICT', { user: account.id, means: account.means }, ROLES_ELSEWHERE)
}
