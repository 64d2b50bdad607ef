import { Body, Controller, Get, Param, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type ProofBegun,
  type ProofPurpose,
  type ProofState,
  proofBegun,
  proofPurpose,
  proofState,
} from '@gemba/contracts/proof'
import type { Actor } from '../../audit/audit.service.ts'
import { Answers } from '../../http/answers.ts'
import { OpenTo, OwnEyes, Policy } from '../../http/policy.ts'
import { CurrentActor } from '../current-principal.guard.ts'
import { ProofService } from '../proof.service.ts'

/** People of a provider prove anew who they are. */
@ApiTags('profile')
@Controller('api/proofs')
@Policy('signed-in')
@OwnEyes()
@OpenTo({ scope: null, incomplete: true })
export class ProofController {
  constructor(private readonly proofs: ProofService) {}

  @Post()
  @Answers(proofBegun, 'Where the provider asks anew.', 201)
  begin(@Body({ schema: proofPurpose }) purpose: ProofPurpose, @CurrentActor() actor: Actor): Promise<ProofBegun> {
    return this.proofs.begin(purpose, actor)
  }

  @Get(':id')
  @Answers(proofState, 'Whether the provider has asked.')
  state(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<ProofState> {
    return this.proofs.state(id, actor)
  }
}
