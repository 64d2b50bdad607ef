import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import {
  type CompletenessAnswer,
  type MassBalanceAnswer,
  type NarrowingAnswer,
  type RecallAnswer,
  type TraceAnswer,
  completenessAnswer,
  massBalanceAnswer,
  narrowingAnswer,
  recallAnswer,
  traceAnswer,
} from '@gemba/contracts/trace'
import type { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { requirePlace } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { BalanceService } from './balance.service.ts'
import {
  balanceQuery,
  completenessQuery,
  limitsOf,
  narrowingQuery,
  orderOf,
  rangeOf,
  recallQuery,
  traceQuery,
} from './trace-query.ts'
import { TraceService } from './trace.service.ts'

const LOTS = { name: 'lots', required: false, description: 'lots, serials or containers, separated by commas' }
const LOT = { name: 'lot', required: false, description: 'one lot whose name may hold a comma' }
const LIMIT = { name: 'limit', required: false, description: 'most lots of the answer; a cut is said' }
const FROM = { name: 'from', required: false, description: 'ISO 8601 with zone, or milliseconds' }
const TO = { name: 'to', required: false }
const IN_TIME = { name: 'inTime', required: false, enum: ['0', '1'], description: 'only paths that time allows' }
const DEPTH = { name: 'depth', required: false, description: 'levels, 0 … 64; all without it' }

@ApiTags('trace')
@Controller('api/trace')
export class TraceController {
  constructor(
    private readonly traces: TraceService,
    private readonly balances: BalanceService,
  ) {}

  @Get()
  @Costs(20, { listed: true })
  @OpenTo({ scope: 'read:trace' })
  @Policy('signed-in')
  @ApiQuery(LOTS)
  @ApiQuery(LOT)
  @ApiQuery({ name: 'direction', required: false, enum: ['where-from', 'where-used'] })
  @ApiQuery(DEPTH)
  @ApiQuery(IN_TIME)
  @ApiQuery(FROM)
  @ApiQuery(TO)
  @ApiQuery(LIMIT)
  @Answers(traceAnswer, 'Where lots come from or where they are used, nearest first, with the edges between them.')
  trace(
    @Query({ schema: traceQuery }) query: z.infer<typeof traceQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TraceAnswer> {
    return this.traces.trace(orderOf(query, query.direction), principal)
  }

  @Get('recall')
  @Costs(30, { listed: true })
  @OpenTo({ scope: 'read:trace' })
  @Policy('signed-in')
  @ApiQuery(LOTS)
  @ApiQuery(LOT)
  @ApiQuery(DEPTH)
  @ApiQuery(IN_TIME)
  @ApiQuery(FROM)
  @ApiQuery(TO)
  @ApiQuery(LIMIT)
  @Answers(recallAnswer, 'All that is affected by suspect lots: by stage, shipped by customer, on hand, unknown.')
  recall(
    @Query({ schema: recallQuery }) query: z.infer<typeof recallQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RecallAnswer> {
    return this.traces.recall(orderOf(query, 'where-used'), principal)
  }

  @Get('balance')
  @Costs(20)
  @OpenTo({ scope: 'read:trace' })
  @Policy('signed-in')
  @ApiQuery({ name: 'lot', required: true })
  @ApiQuery({
    name: 'tolerance',
    required: false,
    description: 'fraction; 0.005 of what is weighed without it, else 0',
  })
  @Answers(massBalanceAnswer, 'Mass balance of one lot with its containers.')
  balance(
    @Query({ schema: balanceQuery }) query: z.infer<typeof balanceQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<MassBalanceAnswer> {
    return this.balances.balance(query.lot, query.tolerance, principal)
  }

  @Get('completeness')
  @Costs(20, { ranged: true, listed: true })
  @OpenTo({ scope: 'read:trace' })
  @Policy('signed-in')
  @ApiQuery({ name: 'equipment', required: true, description: 'path of a work unit, line, area or site' })
  @ApiQuery({ ...FROM, required: true })
  @ApiQuery({ ...TO, required: true })
  @ApiQuery(LIMIT)
  @Answers(completenessAnswer, 'Share of finished lots whose components are all named, and those where one is missing.')
  completeness(
    @Query({ schema: completenessQuery }) query: z.infer<typeof completenessQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CompletenessAnswer> {
    const { equipment } = query
    requirePlace(principal, equipment)
    return this.balances.completeness({ ...rangeOf(query), equipment }, limitsOf(query.limit), principal)
  }

  @Get('narrowing')
  @Costs(20)
  @OpenTo({ scope: 'read:trace' })
  @Policy('signed-in')
  @ApiQuery({ name: 'lot', required: true })
  @ApiQuery({ name: 'component', required: true, description: 'material of the inputs, for example RM-PP' })
  @Answers(narrowingAnswer, 'Pieces of a lot by the lot of a component in use when they were made.')
  narrowing(
    @Query({ schema: narrowingQuery }) query: z.infer<typeof narrowingQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<NarrowingAnswer> {
    return this.balances.narrowing(query.lot, query.component, principal)
  }
}
