import { Injectable, type OnModuleInit } from '@nestjs/common'
import type { BoardListAnswer } from '@gemba/contracts/api'
import { type BoardDocument, type TileKind, boardDocument } from '@gemba/contracts/board'
import { DataSource } from 'typeorm'
import { DeviceBoards } from '../accounts/device-boards.service.ts'
import type { Principal } from '../accounts/principal.ts'
import { KnownObjects } from '../accounts/rights/known-objects.service.ts'
import { SharedObjects } from '../accounts/shared-objects.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope, requireObject, requirePlace, touchesOrdersOf, unknownPlace } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { readyBoards } from './ready-boards.ts'

const MOST_SCOPES = 40
const ORDER_TILES = new Set<TileKind>(['key-figure', 'order-list', 'bottlenecks', 'delivery-curve'])
const isOrderTile = (kind: TileKind): boolean => ORDER_TILES.has(kind)

const isByOrders = ({ tiles }: BoardDocument): boolean => tiles.some(({ kind }) => isOrderTile(kind))
const touches = (principal: Principal, path: string, byOrders: boolean): boolean =>
  byOrders ? touchesOrdersOf(principal, path) : equipmentScope(principal).touches(path)

/** A display or a visitor does not learn what else there is. */
const isKeptFrom = ({ boards }: Principal, id: string): boolean => boards !== undefined && !boards.includes(id)

/** A share link shows a board at one place. */
const placeShared = ({ share }: Principal): string | null =>
  share?.target.kind === 'board' ? share.target.equipment : null

/** Stored boards, and the scopes each can be looked at with. */
@Injectable()
export class BoardsService implements OnModuleInit {
  private documents: BoardDocument[] = []

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly objects: KnownObjects,
    private readonly displays: DeviceBoards,
    private readonly shared: SharedObjects,
  ) {}

  async onModuleInit(): Promise<void> {
    this.displays.visibleTo = (principal) => this.list(principal).boards.map(({ document }) => document.id)
    this.objects.provide('board', () => this.documents.map(({ id, name }) => ({ id, name })))
    this.shared.provide('board', {
      look: async ({ board, equipment }, principal) => {
        const document = this.get(board, principal)
        this.scopeOf(document, equipment, principal)
        return { kind: 'board', id: document.id, name: document.name }
      },
      prepare: () => Promise.resolve(),
    })
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

  /** A board as the principal may see it; one that may not be seen is as one that does not exist. */
  get(id: string, principal: Principal): BoardDocument {
    const document = this.documents.find((board) => board.id === id)
    if (!document || isKeptFrom(principal, id)) throw new Fault('BOARD_UNKNOWN', { board: id.slice(0, 60) })
    requireObject(principal, { kind: 'board', id })
    const place = placeShared(principal)
    if (place !== null) return { ...document, scope: { equipment: place } }
    if (touches(principal, document.scope.equipment, isByOrders(document))) return document
    // The default scope would name a place that is hidden.
    const first = this.scopes(document, principal)[0]
    return { ...document, scope: { equipment: first?.equipment ?? '' } }
  }

  /** The equipment a board is looked at with; refuses what is unknown or not allowed. */
  scopeOf(document: BoardDocument, equipment: string | undefined, principal: Principal): string {
    const path = equipment ?? document.scope.equipment
    const shared = placeShared(principal)
    if (shared !== null && path !== shared) throw unknownPlace(path)
    const known = this.catalog.snapshot.equipment(path) !== null || this.catalog.snapshot.site(path) !== null
    if (!known) throw unknownPlace(path)
    // Order tiles count the orders that are visible and say so; figures of equipment need the whole place.
    const isSeenByOrders = isByOrders(document) && touchesOrdersOf(principal, path)
    if (!isSeenByOrders) requirePlace(principal, path)
    return path
  }

  list(principal: Principal): BoardListAnswer {
    const visible = this.documents.filter(
      ({ id }) => !isKeptFrom(principal, id) && principal.rights?.may('view', { kind: 'board', id }) === true,
    )
    const boards = visible.map(({ id }) => {
      const document = this.get(id, principal)
      const mayShare = !principal.boards && principal.rights?.may('share', { kind: 'board', id }) === true
      return { document, scopes: this.scopes(document, principal), mayShare }
    })
    // A board without any visible place shows nothing and would only tell that it exists.
    return { boards: boards.filter(({ document }) => document.scope.equipment !== '') }
  }

  private scopes(board: BoardDocument, principal: Principal): BoardListAnswer['boards'][number]['scopes'] {
    if (placeShared(principal) !== null) return []
    const scope = equipmentScope(principal)
    const isByOrder = board.tiles.some((tile) => tile.kind === 'order-list')
    const levels = isByOrder ? ['site'] : ['line', 'work-unit']
    return this.catalog.snapshot.document.equipment
      .filter(
        ({ level, path }) =>
          levels.includes(level) && (isByOrder ? touchesOrdersOf(principal, path) : scope.allows(path)),
      )
      .slice(0, MOST_SCOPES)
      .map(({ path, name }) => ({ equipment: path, name }))
  }
}
