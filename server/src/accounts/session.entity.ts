import { Column, Entity, PrimaryColumn } from 'typeorm'

@Entity('session')
export class SessionEntity {
  /** SHA-256 of the random session id, hex: the id itself is only in the cookie. */
  @PrimaryColumn({ type: 'text', name: 'id_hash' })
  idHash!: string

  @Column({ type: 'text', name: 'account_id' })
  accountId!: string

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'used_at' })
  usedAt!: Date

  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt!: Date
}
