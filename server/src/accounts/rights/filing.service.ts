import { Injectable } from '@nestjs/common'
import type { FolderDefinition, PlacedObject } from '@gemba/contracts/rights'
import type { EntityManager } from 'typeorm'
import { Fault } from '../../http/fault.ts'
import type { Principal } from '../principal.ts'
import { ChangeRecords } from './change-record.service.ts'
import { RightsService } from './rights.service.ts'

/** Puts new objects into folders, within the change that makes them. Call `inForce` when that is committed. */
@Injectable()
export class Filing {
  constructor(
    private readonly rights: RightsService,
    private readonly records: ChangeRecords,
  ) {}

  /**
   * What the product brings. A place that an object has stays, and a folder of that path that somebody else has made is
   * left alone: whoever holds rights on it would see more than was given.
   */
  async fileOwn(object: PlacedObject, folder: FolderDefinition, manager: EntityManager): Promise<void> {
    const document = JSON.stringify(folder)
    await manager.query('INSERT INTO access_folder (id, document) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING', [
      folder.path,
      document,
    ])
    const own = await manager.query<unknown[]>('SELECT 1 FROM access_folder WHERE id = $1 AND document = $2::jsonb', [
      folder.path,
      document,
    ])
    if (own.length > 0) await this.place(object, manager)
  }

  /** Refuses who may not edit such objects in that folder: whoever holds rights on a folder sees what is put there. */
  checkNew({ rights }: Principal, { kind, id, folder }: PlacedObject): void {
    const { document, folders } = this.rights.model
    if (!document.folders.some(({ path }) => path === folder)) throw new Fault('ACCESS_UNKNOWN', { id: folder })
    // Somebody has decided already where an object of this name lies.
    const known = folders.folderOf(kind, id)
    if (known !== null && known !== folder) throw new Fault('ACCESS_CONFLICT', { folder: known })
    if (rights?.mayIn(folder, 'edit', { kind, id }) !== true) throw new Fault('NO_ACCESS', { action: 'edit', folder })
  }

  async fileNew(by: Principal, object: PlacedObject, manager: EntityManager): Promise<void> {
    await this.place(object, manager)
    const change = { by, what: 'folder of object', object: `${object.kind}:${object.id}`, before: null, after: object }
    await this.records.recordChange({ ...change, reason: null }, manager)
  }

  inForce(): Promise<void> {
    return this.rights.reload()
  }

  private async place({ kind, id, folder }: PlacedObject, manager: EntityManager): Promise<void> {
    const placed = await manager.query<unknown[]>(
      'INSERT INTO access_object (kind, id, folder) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id',
      [kind, id, folder],
    )
    if (placed.length > 0) await manager.query('UPDATE access_version SET version = version + 1')
  }
}
