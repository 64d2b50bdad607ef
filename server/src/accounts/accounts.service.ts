import { hash, verify } from '@node-rs/argon2'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import { Repository } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { Fault } from '../http/fault.ts'
import { AccountEntity } from './account.entity.ts'
import { DEMO_ACCOUNTS, FIRST_ADMIN, type SeededAccount } from './demo-accounts.ts'
import { StrangerTries } from './stranger-tries.ts'

const MOST_TRIES = 5
const LOCK_MS = 15 * 60_000
/** Argon2id with the parameters of the OWASP cheat sheet (19 MiB, two passes). */
const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

@Injectable()
export class AccountsService implements OnModuleInit {
  private readonly accounts: Repository<AccountEntity>
  private readonly config: ServerConfig
  /** Checked when the user does not exist, so that both answers take the same time. */
  private decoyHash = ''
  private readonly strangers = new StrangerTries()

  constructor(
    @InjectRepository(AccountEntity) accounts: Repository<AccountEntity>,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.accounts = accounts
    this.config = config
  }

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
          active: true,
          failedTries: 0,
          lockedUntil: null,
        },
        ['id'],
      )
    }
  }

  /** The account of a right user and password; every other case is a Fault that does not say which of the two is wrong. */
  async check(user: string, password: string): Promise<AccountEntity> {
    const id = user.trim().toLowerCase()
    const account = await this.find(id)
    const lockedUntil = account ? (account.lockedUntil?.getTime() ?? 0) : this.strangers.lockedUntil(id)
    if (lockedUntil > Date.now()) throw lockedFault(lockedUntil)
    const right = await verify(account?.passwordHash ?? this.decoyHash, password)
    if (!account || !right) return this.refuse(id, account)
    if (account.failedTries > 0 || account.lockedUntil)
      await this.accounts.update({ id: account.id }, { failedTries: 0, lockedUntil: null })
    return account
  }

  /** PostgreSQL takes no NUL in a text: such a name can only be unknown. */
  private async find(id: string): Promise<AccountEntity | null> {
    return id.includes('\0') ? null : this.accounts.findOneBy({ id, active: true })
  }

  private async refuse(id: string, account: AccountEntity | null): Promise<never> {
    const failedTries = account ? await this.countFailure(account) : this.strangers.count(id)
    if (failedTries < MOST_TRIES) throw refusedFault(MOST_TRIES - failedTries)
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

function refusedFault(triesLeft: number): Fault {
  return new Fault(
    'SIGN_IN_REFUSED',
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
