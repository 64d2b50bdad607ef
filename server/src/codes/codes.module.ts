import { Module } from '@nestjs/common'
import { PoliciesModule } from '../policies/policies.module.ts'
import { CodeChanges } from './code-changes.service.ts'
import { CodeSpells } from './code-spells.service.ts'
import { CodesController } from './codes.controller.ts'
import { CodesService } from './codes.service.ts'
import { UnmappedWorklist } from './worklist.service.ts'

@Module({
  imports: [PoliciesModule],
  controllers: [CodesController],
  providers: [CodeChanges, CodeSpells, CodesService, UnmappedWorklist],
  exports: [CodesService],
})
export class CodesModule {}
