import { Column, Entity, PrimaryColumn } from 'typeorm'

/** A code of the authenticator, a recovery code, or the word of a provider that is believed. */
export type PassedFactor = 'code' | 'recovery' | 'provider'

@Entity('session')
export class SessionEntity {
  /** Names the session in lists and in the audit trail; no secret. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string

  /** SHA-256 of the secret in the cookie, hex: the secret itself is only in the cookie. */
  @Column({ type: 'text', name: 'id_hash' })
  idHash!: string

  /** Of the secret before the last change; good until the new one was seen, and shortly after. */
  @Column({ type: 'text', name: 'previous_hash', nullable: true })
  previousHash!: string | null

  @Column({ type: 'timestamptz', name: 'rotated_at' })
  rotatedAt!: Date

  /** When the newest secret was first seen. */
  @Column({ type: 'timestamptz', name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null

  @Column({ type: 'text', name: 'account_id' })
  accountId!: string

  @Column({ type: 'text' })
  means!: 'password' | 'oidc' | 'ldap'

  /** What beside the first proof was asked for; null = nothing. */
  @Column({ type: 'text', name: 'second_factor', nullable: true })
  secondFactor!: PassedFactor | null

  @Column({ type: 'text' })
  address!: string

  @Column({ type: 'text' })
  agent!: string

  /** The cookie outlives the browser. */
  @Column({ type: 'boolean' })
  keep!: boolean

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'used_at' })
  usedAt!: Date

  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt!: Date
}
