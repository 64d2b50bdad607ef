import { Column, Entity, PrimaryColumn } from 'typeorm'
import type { Role } from '@gemba/contracts/api'

@Entity('user_account')
export class AccountEntity {
  /** Sign-in name, lower case. */
  @PrimaryColumn({ type: 'text' })
  id!: string

  @Column({ type: 'text', name: 'name_zh' })
  nameZh!: string

  @Column({ type: 'text', name: 'name_en' })
  nameEn!: string

  @Column({ type: 'text', name: 'password_hash' })
  passwordHash!: string

  @Column({ type: 'text', array: true })
  roles!: Role[]

  @Column({ type: 'boolean', default: true })
  active!: boolean

  @Column({ type: 'int', name: 'failed_tries', default: 0 })
  failedTries!: number

  @Column({ type: 'timestamptz', name: 'locked_until', nullable: true })
  lockedUntil!: Date | null
}
