import { Body, Controller, Get, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import {
  type CodeMappingRequest,
  type CodeMappingVersion,
  type CodeMappingsAnswer,
  type UnmappedAnswer,
  codeMappingRequest,
  codeMappingVersion,
  codeMappingsAnswer,
  unmappedAnswer,
} from '@gemba/contracts/code-mapping'
import { CurrentActor, CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Actor } from '../audit/audit.service.ts'
import { ReviewSettingsService } from '../changes/review-settings.service.ts'
import { equipmentScope, factScope } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { CodeChanges } from './code-changes.service.ts'
import { CodesService } from './codes.service.ts'
import { UnmappedWorklist } from './worklist.service.ts'

const NO_TARGETS: UnmappedAnswer['targets'] = { reason: [], material: [], 'work-center': [] }

@ApiTags('catalog')
@Controller('api/catalog')
export class CodesController {
  constructor(
    private readonly codes: CodesService,
    private readonly changes: CodeChanges,
    private readonly review: ReviewSettingsService,
    private readonly worklist: UnmappedWorklist,
  ) {}

  @Get('unmapped')
  @Costs(20)
  @OpenTo({ scope: 'read:codes' })
  @Policy('signed-in')
  @Answers(unmappedAnswer, 'Codes that no mapping and no catalog row explains; their rows stand in every total.')
  async unmapped(@CurrentPrincipal() principal: Principal): Promise<UnmappedAnswer> {
    const scope = equipmentScope(principal)
    const targets = this.codes.targets()
    const places = targets['work-center'].filter((path) => scope.allows(path))
    return {
      codes: await this.worklist.list(scope, factScope(principal, 'order')),
      // As in the catalog: who sees no place needs no names of materials and reasons.
      targets: places.length === 0 ? NO_TARGETS : { ...targets, 'work-center': places },
    }
  }

  @Get('mappings')
  @OpenTo({ scope: 'read:codes' })
  @Policy('signed-in')
  @Answers(codeMappingsAnswer, 'Recorded meanings of codes, newest first.')
  async mappings(@CurrentPrincipal() principal: Principal): Promise<CodeMappingsAnswer> {
    const { versions } = await this.codes.mappings()
    return { versions: versions.filter(({ source }) => this.changes.maySee(principal, source)) }
  }

  @Post('mappings')
  @OpenTo({ scope: null })
  @Policy({ roles: ['admin', 'quality'] })
  @Answers(codeMappingVersion, 'The mapping that was recorded. Windows with the code are derived again.', 201)
  async map(
    @Body({ schema: codeMappingRequest }) request: CodeMappingRequest,
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<CodeMappingVersion> {
    if (!this.changes.maySee(principal, request.source)) throw new Fault('NO_ACCESS')
    await this.review.refuseDirect('code-mapping')
    return this.codes.map(request, actor)
  }
}
