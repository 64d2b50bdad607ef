import { hash, verify } from '@node-rs/argon2'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import { Repository } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { Fault } from '../http/fault.ts'
import { AccountEntity } from './account.entity.ts'
import { DEMO_ACCOUNTS, FIRST_ADMIN, type SeededAccount } from './demo-accounts.ts'
import { ExternalAccounts } from './identity/external-accounts.ts'
import { Directory } from './identity/directory.ts'
import { StrangerTries } from './stranger-tries.ts'

const MOST_TRIES = 5
const LOCK_MS = 15 * 60_000
/** Argon2id with the parameters of the OWASP cheat sheet (19 MiB, two passes). */
export const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** What was wrong: user or password, or the code of the second factor. */
type Refusal = 'SIGN_IN_REFUSED' | 'SECOND_FACTOR_REFUSED'

@Injectable()
export class AccountsService implements OnModuleInit {
  /** Checked when the user does not exist, so that both answers take the same time. */
  private decoyHash = ''
  private readonly strangers = new StrangerTries()

  constructor(
    @InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>,
    private readonly directory: Directory,
    private readonly external: ExternalAccounts,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    this.decoyHash = await hash('nobody has this password', HASHING)
    if (this.config.demo) await this.seed(DEMO_ACCOUNTS, this.config.demoPassword)
    else await this.seed([FIRST_ADMIN], this.config.adminPassword)
  }

  /** Makes missing accounts; a given password holds for all of them from now on. */
  private async seed(wanted: readonly SeededAccount[], password: string | null): Promise<void> {
    if (password === null) return
    const passwordHash = await hash(password, HASHING)
    for (const account of wanted) {
      await this.accounts.upsert(
        {
          id: account.id,
          nameZh: account.nameZh,
          nameEn: account.nameEn,
          roles: [...account.roles],
          passwordHash,
          mustChangePassword: false,
          active: true,
          failedTries: 0,
          lockedUntil: null,
        },
        ['id'],
      )
    }
  }

  /**
   * The account of a right user and password; every other case is a Fault that does not say which of the two is wrong.
   * Failures are forgotten by `succeeded` only, when the second factor was right as well.
   */
  async check(user: string, password: string): Promise<AccountEntity> {
    const id = idOf(user)
    const account = await this.find(id)
    this.refuseLocked(id, account)
    if ((account === null || account.means === 'ldap') && (await this.directory.isConnected())) {
      const identity = await this.directory.authenticate(id, password)
      if (identity) return this.external.provision('ldap', identity)
    }
    const right = await verify(account?.passwordHash ?? this.decoyHash, password)
    if (!account?.passwordHash || !right) return this.refuse(id, account, 'SIGN_IN_REFUSED')
    return account
  }

  /** Whether this is the password of the account, without a session being opened; wrong ones count and lock as well. */
  async proveAgain(accountId: string, password: string): Promise<AccountEntity> {
    const account = await this.check(accountId, password)
    if (account.id !== accountId) throw new Fault('SIGN_IN_REFUSED')
    return account
  }

  /** A wrong code counts like a wrong password. */
  refuseCode(account: AccountEntity): Promise<never> {
    return this.refuse(account.id, account, 'SECOND_FACTOR_REFUSED')
  }

  async succeeded(account: AccountEntity): Promise<void> {
    await this.accounts.update({ id: account.id }, { failedTries: 0, lockedUntil: null })
  }

  /** The active account of a name; null = there is none. PostgreSQL takes no NUL in a text: such a name is unknown. */
  async find(user: string): Promise<AccountEntity | null> {
    const id = idOf(user)
    return id.includes('\0') ? null : this.accounts.findOneBy({ id, active: true })
  }

  async get(user: string): Promise<AccountEntity> {
    const account = await this.find(user)
    if (!account) throw new Fault('ACCOUNT_UNKNOWN')
    return account
  }

  /** As `get`, for an account that is not locked. */
  async open(user: string): Promise<AccountEntity> {
    const account = await this.get(user)
    this.refuseLocked(account.id, account)
    return account
  }

  async setPassword(accountId: string, password: string, mustChange: boolean): Promise<void> {
    await this.accounts.update(
      { id: accountId },
      {
        passwordHash: await hash(password, HASHING),
        mustChangePassword: mustChange,
        passwordChangedAt: new Date(),
        failedTries: 0,
        lockedUntil: null,
      },
    )
  }

  async unlock(accountId: string): Promise<void> {
    await this.accounts.update({ id: accountId }, { failedTries: 0, lockedUntil: null })
  }

  private refuseLocked(id: string, account: AccountEntity | null): void {
    const lockedUntil = account ? (account.lockedUntil?.getTime() ?? 0) : this.strangers.lockedUntil(id)
    if (lockedUntil > Date.now()) throw lockedFault(lockedUntil)
  }

  private async refuse(id: string, account: AccountEntity | null, refusal: Refusal): Promise<never> {
    const failedTries = account ? await this.countFailure(account) : this.strangers.count(id)
    if (failedTries < MOST_TRIES) throw refusedFault(refusal, MOST_TRIES - failedTries)
    const lockedUntil = Date.now() + LOCK_MS
    if (account) await this.accounts.update({ id: account.id }, { failedTries: 0, lockedUntil: new Date(lockedUntil) })
    else this.strangers.lock(id, lockedUntil)
    throw lockedFault(lockedUntil)
  }

  private async countFailure({ id }: AccountEntity): Promise<number> {
    await this.accounts.increment({ id }, 'failedTries', 1)
    return (await this.accounts.findOneByOrFail({ id })).failedTries
  }
}

const idOf = (user: string): string => user.trim().toLowerCase()

function refusedFault(refusal: Refusal, triesLeft: number): Fault {
  return new Fault(
    refusal,
    { triesLeft, lockMinutes: LOCK_MS / 60_000 },
    {
      zh: `还可尝试 ${triesLeft} 次，之后此账号锁定 ${LOCK_MS / 60_000} 分钟。`,
      en: `${triesLeft} tries left, then this account is locked for ${LOCK_MS / 60_000} minutes.`,
    },
  )
}

function lockedFault(lockedUntil: number): Fault {
  const minutes = Math.max(1, Math.ceil((lockedUntil - Date.now()) / 60_000))
  return new Fault(
    'ACCOUNT_LOCKED',
    { retryAfterS: minutes * 60, minutes },
    {
      zh: `请在 ${minutes} 分钟后再试，或请管理员解锁。`,
      en: `Try again in ${minutes} minutes, or ask an administrator to unlock it.`,
    },
  )
}
