import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type ConnectionTried,
  type ConnectionTry,
  type DirectoryChange,
  type IdentityConnections,
  type OidcChange,
  connectionKind,
  connectionTried,
  connectionTry,
  directoryChange,
  identityConnections,
  oidcChange,
} from '@gemba/contracts/identity'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { Fault } from '../../http/fault.ts'
import { OpenTo, Policy } from '../../http/policy.ts'
import { CurrentActor } from '../current-principal.guard.ts'
import { ConnectionTrial } from './connection-trial.ts'
import { IdentitySettings } from './identity-settings.service.ts'

/** Provider and directory, as administrators connect them. */
@ApiTags('sign-in administration')
@Controller('api/sign-in/connections')
@OpenTo({ scope: null })
@Policy({ roles: ['admin'] })
export class ConnectionsController {
  constructor(
    private readonly settings: IdentitySettings,
    private readonly trial: ConnectionTrial,
  ) {}

  @Get()
  @Answers(identityConnections, 'Provider and directory without their secrets, and what their groups give.')
  show(): Promise<IdentityConnections> {
    return this.settings.show()
  }

  @Put('oidc')
  @Answers(identityConnections, 'The connections that hold from now on.')
  changeOidc(
    @Body({ schema: oidcChange }) change: OidcChange,
    @CurrentActor() actor: Actor,
  ): Promise<IdentityConnections> {
    return this.settings.changeOidc(change, actor)
  }

  @Put('directory')
  @Answers(identityConnections, 'The connections that hold from now on.')
  changeDirectory(
    @Body({ schema: directoryChange }) change: DirectoryChange,
    @CurrentActor() actor: Actor,
  ): Promise<IdentityConnections> {
    return this.settings.changeDirectory(change, actor)
  }

  @Delete(':kind')
  @Answers(identityConnections, 'The connections that hold from now on.')
  remove(@Param('kind') kind: string, @CurrentActor() actor: Actor): Promise<IdentityConnections> {
    const known = connectionKind.safeParse(kind)
    if (!known.success) throw new Fault('ROUTE_UNKNOWN')
    return this.settings.remove(known.data, actor)
  }

  @Post('try')
  @HttpCode(200)
  @Answers(connectionTried, 'How far the connection gets, step by step, and what a sample would hold.')
  try(@Body({ schema: connectionTry }) input: ConnectionTry): Promise<ConnectionTried> {
    return this.trial.try(input)
  }
}
