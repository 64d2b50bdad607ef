import { createHash, randomBytes } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import { InjectRepository } from '@nestjs/typeorm'
import type { Enrolment } from '@gemba/contracts/sign-in'
import bwipjs from 'bwip-js/node'
import { DataSource, Repository } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { SecretBox } from '../../database/secret-box.ts'
import { Fault } from '../../http/fault.ts'
import { AccountEntity } from '../account.entity.ts'
import { acceptedStep, base32, keyUri } from './totp.ts'

const SECRET_BYTES = 20
const RECOVERY_CODES = 10
const ISSUER = 'Gemba'

/** Ten random bytes as `abcd-efgh-ijkl-mnop`: 80 bits, so that a fast hash is enough. */
function newRecoveryCode(): string {
  return (base32(randomBytes(10)).toLowerCase().match(/.{4}/g) ?? []).join('-')
}

const recoveryHash = (code: string): string =>
  createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest('hex')

/** The second factor of accounts: enrolled with an authenticator, proved by its codes or by recovery codes. */
@Injectable()
export class SecondFactor {
  private readonly box: SecretBox

  constructor(
    @InjectRepository(AccountEntity) private readonly accounts: Repository<AccountEntity>,
    private readonly database: DataSource,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.box = new SecretBox(config.secretKeyFile)
  }

  /** A new secret; it counts only after a code of it was proved. */
  async begin(account: AccountEntity): Promise<Enrolment> {
    if (account.totpSealed !== null) throw new Fault('SECOND_FACTOR_ENROLLED')
    const secret = randomBytes(SECRET_BYTES)
    await this.accounts.update({ id: account.id }, { totpPending: this.box.seal(secret.toString('base64')) })
    const qrSvg = bwipjs.toSVG({ bcid: 'qrcode', text: keyUri(secret, ISSUER, account.id), scale: 4 })
    return { secret: base32(secret), qrSvg }
  }

  /** Ends the enrolment with the first code; gives the recovery codes. */
  async prove(account: AccountEntity, code: string): Promise<string[]> {
    if (account.totpPending === null) throw new Fault('SECOND_FACTOR_NOT_STARTED')
    const secret = Buffer.from(this.box.open(account.totpPending), 'base64')
    const step = acceptedStep(secret, code.trim(), { nowMs: Date.now(), usedStep: 0 })
    if (step === null) throw new Fault('SECOND_FACTOR_REFUSED')
    await this.accounts.update(
      { id: account.id },
      { totpSealed: account.totpPending, totpPending: null, totpStep: String(step), totpEnrolledAt: new Date() },
    )
    return this.newRecoveryCodes(account.id)
  }

  /** Earlier codes are worth nothing from now on. */
  async newRecoveryCodes(accountId: string): Promise<string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
    await this.database.transaction(async (manager) => {
      await manager.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId])
      await manager.query('INSERT INTO recovery_code (account_id, code_hash) SELECT $1, unnest($2::text[])', [
        accountId,
        codes.map(recoveryHash),
      ])
    })
    return codes
  }

  async recoveryCodesLeft(accountId: string): Promise<number> {
    const [row] = await this.database.query<{ left: number }[]>(
      'SELECT count(*)::int AS left FROM recovery_code WHERE account_id = $1 AND used_at IS NULL',
      [accountId],
    )
    return row?.left ?? 0
  }

  /** Whether the code is right; each code is good once, also when it comes twice at the same moment. */
  async accepts(account: AccountEntity, given: string): Promise<'code' | 'recovery' | null> {
    const code = given.replace(/\s/g, '')
    if (account.totpSealed === null || code.length > 40) return null
    if (!/^\d{6}$/.test(code)) return (await this.spendRecoveryCode(account.id, code)) ? 'recovery' : null
    const secret = Buffer.from(this.box.open(account.totpSealed), 'base64')
    const step = acceptedStep(secret, code, { nowMs: Date.now(), usedStep: Number(account.totpStep) })
    if (step === null) return null
    const spent = await this.accounts
      .createQueryBuilder()
      .update()
      .set({ totpStep: String(step) })
      .where('id = :id AND totp_step < :step', { id: account.id, step })
      .execute()
    return spent.affected === 1 ? 'code' : null
  }

  private async spendRecoveryCode(accountId: string, code: string): Promise<boolean> {
    const [, spent] = await this.database.query<[unknown, number]>(
      `UPDATE recovery_code SET used_at = now() WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL`,
      [accountId, recoveryHash(code)],
    )
    return spent === 1
  }

  async remove(accountId: string): Promise<void> {
    await this.accounts.update(
      { id: accountId },
      { totpSealed: null, totpPending: null, totpStep: '0', totpEnrolledAt: null },
    )
    await this.database.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId])
  }
}
