import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type BoardListAnswer, boardListAnswer } from '@gemba/contracts/api'
import {
  type BoardDocument,
  type BoardFrame,
  boardDataRequest,
  boardDocument,
  boardFrame,
} from '@gemba/contracts/board'
import type { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy, ReadsOnly } from '../http/policy.ts'
import { BoardFrames } from './board-frames.service.ts'
import { BoardsService } from './boards.service.ts'

@ApiTags('boards')
@Controller('api/boards')
export class BoardsController {
  constructor(
    private readonly boards: BoardsService,
    private readonly frames: BoardFrames,
  ) {}

  @Get()
  @Policy('signed-in')
  @OpenTo({ scope: 'read:boards', devices: true, shares: true })
  @Answers(boardListAnswer, 'Boards and the scopes they can be looked at with.')
  list(@CurrentPrincipal() principal: Principal): BoardListAnswer {
    return this.boards.list(principal)
  }

  @Get(':id')
  @Policy('signed-in')
  @OpenTo({ scope: 'read:boards', devices: true, shares: true })
  @Answers(boardDocument, 'One board.')
  read(@Param('id') id: string, @CurrentPrincipal() principal: Principal): BoardDocument {
    return this.boards.get(id, principal)
  }

  @Post(':id/data')
  @HttpCode(200)
  @Policy('signed-in')
  @OpenTo({ scope: 'read:boards', devices: true, shares: true })
  @ReadsOnly()
  @Answers(boardFrame, 'All tiles of the board in one answer.')
  async data(
    @Param('id') id: string,
    @Body({ schema: boardDataRequest }) input: z.infer<typeof boardDataRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BoardFrame> {
    const document = this.boards.get(id, principal)
    const equipment = this.boards.scopeOf(document, input.equipment, principal)
    return { board: document.id, seq: 0, ...(await this.frames.frame(document, equipment, principal)) }
  }
}
