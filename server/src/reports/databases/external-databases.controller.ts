import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type RowsPreview, rowsPreview } from '@gemba/contracts/data-file'
import {
  type DatabaseQuestion,
  type DatabaseTrial,
  type ExternalDatabaseChange,
  type ExternalDatabasesAnswer,
  databaseQuestion,
  databaseTrial,
  externalDatabaseChange,
  externalDatabaseId,
  externalDatabasesAnswer,
} from '@gemba/contracts/external-database'
import { CurrentActor, CurrentPrincipal } from '../../accounts/current-principal.guard.ts'
import type { Principal } from '../../accounts/principal.ts'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { Fault } from '../../http/fault.ts'
import { Pacing } from '../../http/pacing.ts'
import { OpenTo, Policy, ReadsOnly } from '../../http/policy.ts'
import { Costs } from '../../http/request-cost.ts'
import { ExternalDatabases } from './external-databases.service.ts'

/** Databases of others that reports query. */
@ApiTags('reports')
@Controller('api/external-databases')
@Policy('signed-in')
@OpenTo({ scope: null })
export class ExternalDatabasesController {
  /** Each goes to another machine. */
  private readonly pacing = new Pacing(30, 30)

  constructor(private readonly databases: ExternalDatabases) {}

  @Get()
  @Answers(externalDatabasesAnswer, 'Databases that the caller may change; passwords are never given out.')
  list(@CurrentPrincipal() principal: Principal): Promise<ExternalDatabasesAnswer> {
    return this.databases.list(principal)
  }

  @Put(':database')
  @Answers(externalDatabasesAnswer, 'Databases as they are now.')
  change(
    @Param('database') database: string,
    @Body({ schema: externalDatabaseChange }) change: ExternalDatabaseChange,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ExternalDatabasesAnswer> {
    if (!externalDatabaseId.safeParse(database).success) throw new Fault('INPUT_INVALID', {}, WRONG_ID)
    return this.databases.change(database, change, { principal, actor })
  }

  @Post(':database/trial')
  @HttpCode(200)
  @Costs(10)
  @Answers(databaseTrial, 'The way to the database, stage by stage, with the saved settings.')
  attempt(
    @Param('database') database: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<DatabaseTrial> {
    this.pace(actor)
    return this.databases.attempt(database, { principal, actor })
  }

  @Post(':database/rows')
  @HttpCode(200)
  @Costs(20)
  @ReadsOnly()
  @Answers(rowsPreview, 'The first rows of a query that the caller may see.')
  rows(
    @Param('database') database: string,
    @Body({ schema: databaseQuestion }) { sql }: DatabaseQuestion,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<RowsPreview> {
    this.pace(actor)
    return this.databases.preview(database, sql, { principal, actor })
  }

  @Delete(':database')
  @Answers(externalDatabasesAnswer, 'Databases as they are now.')
  remove(
    @Param('database') database: string,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<ExternalDatabasesAnswer> {
    return this.databases.remove(database, { principal, actor })
  }

  private pace({ user }: Actor): void {
    const retryAfterS = this.pacing.take(user, Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
  }
}

const WRONG_ID = {
  zh: '标识只用小写字母、数字和连字符，最多 60 个',
  en: 'an id has small letters, digits and hyphens, at most 60',
}
