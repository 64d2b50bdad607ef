import { Body, Controller, Get, Post, Query } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type SignableEntries,
  type SignatureList,
  type SignatureRow,
  type SignRequest,
  signRequest,
  signableEntries,
  signableQuery,
  signatureList,
  signatureQuery,
  signatureRow,
} from '@gemba/contracts/signature'
import type { z } from 'zod'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { SignaturesService } from './signatures.service.ts'

@ApiTags('signatures')
@Controller('api/signatures')
@Policy('signed-in')
@OpenTo({ scope: null })
export class SignaturesController {
  constructor(private readonly signatures: SignaturesService) {}

  @Get()
  @Answers(signatureList, 'The record as it is now, and its signatures with their state.')
  list(
    @Query({ schema: signatureQuery }) query: z.infer<typeof signatureQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SignatureList> {
    return this.signatures.list(query.kind, query.id, principal)
  }

  @Get('records')
  @Costs(2)
  @Answers(signableEntries, 'Records that can be signed, the newest first, with their signatures.')
  records(
    @Query({ schema: signableQuery }) { kind, search }: z.infer<typeof signableQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SignableEntries> {
    return this.signatures.entries(kind, { search }, principal)
  }

  @Post()
  @Answers(signatureRow, 'Signed.', 201)
  sign(
    @Body({ schema: signRequest }) input: SignRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<SignatureRow> {
    return this.signatures.signRecord(input, principal, actor)
  }
}
