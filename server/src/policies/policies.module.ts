import { Module } from '@nestjs/common'
import { PoliciesController } from './policies.controller.ts'
import { PoliciesService } from './policies.service.ts'
import { PolicyChanges } from './policy-changes.service.ts'
import { Recalculations } from './recalculations.service.ts'

@Module({
  controllers: [PoliciesController],
  providers: [PoliciesService, PolicyChanges, Recalculations],
  exports: [PoliciesService, Recalculations],
})
export class PoliciesModule {}
