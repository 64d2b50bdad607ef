import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { BoardListAnswer } from '@gemba/contracts/api'
import { type BoardDocument, boardDocument } from '@gemba/contracts/board'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { readyBoards } from './ready-boards.ts'

const MOST_SCOPES = 40

/** Stored boards, and the scopes each can be looked at with. */
@Injectable()
export class BoardsService implements OnModuleInit {
  private documents: BoardDocument[] = []

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.seed()
    const rows = await this.database.query<{ document: unknown }[]>(
      'SELECT document FROM board ORDER BY sort_order, id',
    )
    this.documents = rows.map(({ document }) => boardDocument.parse(document))
  }

  /** Ready boards are made once; what somebody changed later stays. */
  private async seed(): Promise<void> {
    const { document } = this.catalog.snapshot
    const site = document.sites[0]?.id
    // The board shows most where a unit has stations; else the first work unit.
    const units = document.equipment.filter((equipment) => equipment.level === 'work-unit')
    const unit = units.find((candidate) => this.catalog.snapshot.children(candidate.path).length > 0) ?? units[0]
    if (!site || !unit) return
    for (const [index, board] of readyBoards({ site, unit: unit.path }).entries()) {
      await this.database.query(
        'INSERT INTO board (id, document, sort_order) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
        [board.id, JSON.stringify(board), index],
      )
    }
  }

  get(id: string): BoardDocument {
    const document = this.documents.find((board) => board.id === id)
    if (!document) throw new Fault('BOARD_UNKNOWN', { board: id.slice(0, 60) })
    return document
  }

  /** The equipment a board is looked at with; refuses what is unknown or not allowed. */
  scopeOf(document: BoardDocument, equipment: string | undefined, principal: Principal): string {
    const path = equipment ?? document.scope.equipment
    const known = this.catalog.snapshot.equipment(path) !== null || this.catalog.snapshot.site(path) !== null
    if (!known || !equipmentScope(principal).allows(path))
      throw new Fault('EQUIPMENT_UNKNOWN', { equipment: path.slice(0, 200) })
    return path
  }

  list(principal: Principal): BoardListAnswer {
    const scope = equipmentScope(principal)
    const { document } = this.catalog.snapshot
    const places = document.equipment.filter((equipment) => scope.allows(equipment.path))
    return {
      boards: this.documents.map((board) => {
        const levels = board.tiles.some((tile) => tile.kind === 'order-list') ? ['site'] : ['line', 'work-unit']
        return {
          document: board,
          scopes: places
            .filter((equipment) => levels.includes(equipment.level))
            .slice(0, MOST_SCOPES)
            .map((equipment) => ({ equipment: equipment.path, name: equipment.name })),
        }
      }),
    }
  }
}
