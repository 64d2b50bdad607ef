import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type Enrolment,
  type PasswordChange,
  type ProfileAnswer,
  type RecoveryCodes,
  type SessionList,
  enrolment,
  passwordChange,
  profileAnswer,
  recoveryCodes,
  secondFactorEnd,
  secondFactorProof,
  secondFactorStart,
  sessionList,
} from '@gemba/contracts/sign-in'
import type { z } from 'zod'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, OwnEyes, Policy } from '../http/policy.ts'
import { CurrentActor, CurrentPrincipal } from './current-principal.guard.ts'
import type { Principal } from './principal.ts'
import { ProfileService } from './profile.service.ts'

/** What people do with their own account. */
@ApiTags('profile')
@Controller('api/profile')
@Policy('signed-in')
@OwnEyes()
@OpenTo({ scope: null })
export class ProfileController {
  constructor(private readonly profiles: ProfileService) {}

  @Get()
  @OpenTo({ scope: null, incomplete: true })
  @Answers(profileAnswer, 'The own account.')
  read(@CurrentPrincipal() principal: Principal): Promise<ProfileAnswer> {
    return this.profiles.read(principal.user)
  }

  @Post('password')
  @HttpCode(204)
  @OpenTo({ scope: null, incomplete: true })
  async changePassword(
    @Body({ schema: passwordChange }) input: PasswordChange,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.profiles.changePassword(input, actor)
  }

  @Post('second-factor')
  @HttpCode(200)
  @OpenTo({ scope: null, incomplete: true })
  @Answers(enrolment, 'A secret for the authenticator; it counts once a code of it was proved.')
  begin(
    @Body({ schema: secondFactorStart }) input: z.infer<typeof secondFactorStart>,
    @CurrentActor() actor: Actor,
  ): Promise<Enrolment> {
    return this.profiles.beginSecondFactor(input, actor)
  }

  @Post('second-factor/proof')
  @HttpCode(200)
  @OpenTo({ scope: null, incomplete: true })
  @Answers(recoveryCodes, 'The second factor is in force; recovery codes, shown once.')
  prove(
    @Body({ schema: secondFactorProof }) input: z.infer<typeof secondFactorProof>,
    @CurrentActor() actor: Actor,
  ): Promise<RecoveryCodes> {
    return this.profiles.proveSecondFactor(input.code, actor)
  }

  @Post('second-factor/pass')
  @HttpCode(204)
  @OpenTo({ scope: null, incomplete: true })
  async pass(
    @Body({ schema: secondFactorProof }) input: z.infer<typeof secondFactorProof>,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.profiles.passSecondFactor(input.code, actor)
  }

  @Post('second-factor/end')
  @HttpCode(204)
  async end(
    @Body({ schema: secondFactorEnd }) input: z.infer<typeof secondFactorEnd>,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.profiles.endSecondFactor(input, actor)
  }

  @Post('recovery-codes')
  @HttpCode(200)
  @Answers(recoveryCodes, 'New recovery codes, shown once; the earlier ones are void.')
  renew(
    @Body({ schema: secondFactorEnd }) input: z.infer<typeof secondFactorEnd>,
    @CurrentActor() actor: Actor,
  ): Promise<RecoveryCodes> {
    return this.profiles.renewRecoveryCodes(input, actor)
  }

  @Get('sessions')
  @Answers(sessionList, 'Own open sessions, the last used first.')
  sessions(@CurrentActor() actor: Actor): Promise<SessionList> {
    return this.profiles.sessions(actor.user, actor.session)
  }

  @Delete('sessions')
  @HttpCode(204)
  async closeOthers(@CurrentActor() actor: Actor): Promise<void> {
    await this.profiles.closeOthers(actor)
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  async close(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.profiles.closeSession(actor.user, id, actor)
  }
}
