import { Column, Entity, PrimaryColumn } from 'typeorm'
import type { Role } from '@gemba/contracts/api'
import type { PlacedRole } from './identity/identity-source.ts'

@Entity('user_account')
export class AccountEntity {
  /** Sign-in name, lower case. */
  @PrimaryColumn({ type: 'text' })
  id!: string

  @Column({ type: 'text', name: 'name_zh' })
  nameZh!: string

  @Column({ type: 'text', name: 'name_en' })
  nameEn!: string

  /** Null where the password is kept elsewhere. */
  @Column({ type: 'text', name: 'password_hash', nullable: true })
  passwordHash!: string | null

  /** Where the account comes from. */
  @Column({ type: 'text', default: 'password' })
  means!: 'password' | 'oidc' | 'ldap'

  /** Identity at the provider or directory; it never moves to another person. */
  @Column({ type: 'text', nullable: true })
  subject!: string | null

  @Column({ type: 'boolean', name: 'must_change_password', default: false })
  mustChangePassword!: boolean

  @Column({ type: 'timestamptz', name: 'password_changed_at', nullable: true })
  passwordChangedAt!: Date | null

  /** Secret of the second factor, encrypted. */
  @Column({ type: 'text', name: 'totp_sealed', nullable: true })
  totpSealed!: string | null

  /** One that was shown and not yet proved. */
  @Column({ type: 'text', name: 'totp_pending', nullable: true })
  totpPending!: string | null

  /** The newest time step whose code was used; none up to it is accepted again. */
  @Column({ type: 'bigint', name: 'totp_step', default: 0 })
  totpStep!: string

  @Column({ type: 'timestamptz', name: 'totp_enrolled_at', nullable: true })
  totpEnrolledAt!: Date | null

  /** Groups that the provider or directory named at the last sign-in. */
  @Column({ type: 'text', name: 'directory_groups', array: true, default: '{}' })
  directoryGroups!: string[]

  @Column({ type: 'text', array: true })
  roles!: Role[]

  /** Where each of the roles holds, by the mapping of groups at the last sign-in; null = everywhere. */
  @Column({ type: 'jsonb', name: 'placed_roles', nullable: true })
  placedRoles!: PlacedRole[] | null

  @Column({ type: 'boolean', default: true })
  active!: boolean

  @Column({ type: 'int', name: 'failed_tries', default: 0 })
  failedTries!: number

  @Column({ type: 'timestamptz', name: 'locked_until', nullable: true })
  lockedUntil!: Date | null
}
