import type { ObjectKind, OrganisationScope } from '@gemba/contracts/rights'
import { Column, Entity, PrimaryColumn } from 'typeorm'

/** A part of the rights that is kept whole, as its contract writes it. */
abstract class StoredDocument {
  @PrimaryColumn({ type: 'text' })
  id!: string

  @Column({ type: 'jsonb' })
  document!: object
}

@Entity('access_role')
export class RoleEntity extends StoredDocument {}

@Entity('access_group')
export class GroupEntity extends StoredDocument {}

/** The id is that of the account. */
@Entity('access_profile')
export class ProfileEntity extends StoredDocument {}

@Entity('access_row_rule')
export class RowRuleEntity extends StoredDocument {}

@Entity('access_column_rule')
export class ColumnRuleEntity extends StoredDocument {}

/** The id is the path. */
@Entity('access_folder')
export class FolderEntity extends StoredDocument {}

@Entity('access_grant')
export class GrantEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string

  @Column({ type: 'text', name: 'subject_kind' })
  subjectKind!: 'user' | 'group'

  @Column({ type: 'text' })
  subject!: string

  @Column({ type: 'text' })
  role!: string

  @Column({ type: 'jsonb' })
  scope!: OrganisationScope

  @Column({ type: 'timestamptz', name: 'from_at', nullable: true })
  fromAt!: Date | null

  @Column({ type: 'timestamptz', name: 'until_at', nullable: true })
  untilAt!: Date | null

  @Column({ type: 'text', name: 'granted_by' })
  grantedBy!: string

  @Column({ type: 'text' })
  reason!: string
}

@Entity('access_object')
export class PlacedObjectEntity {
  @PrimaryColumn({ type: 'text' })
  kind!: ObjectKind

  @PrimaryColumn({ type: 'text' })
  id!: string

  @Column({ type: 'text' })
  folder!: string
}

export const RIGHTS_ENTITIES = [
  RoleEntity,
  GroupEntity,
  ProfileEntity,
  RowRuleEntity,
  ColumnRuleEntity,
  FolderEntity,
  GrantEntity,
  PlacedObjectEntity,
]
