import { Module } from '@nestjs/common'
import { AccessController } from './access.controller.ts'
import { AccessService } from './access.service.ts'
import { FactRows } from './fact-rows.service.ts'
import { LeakTest } from './leak-test.service.ts'
import { RuleChanges } from './rule-changes.service.ts'
import { RulePreview } from './rule-preview.service.ts'
import { ViewAsController } from './view-as.controller.ts'

@Module({
  controllers: [ViewAsController, AccessController],
  providers: [AccessService, FactRows, LeakTest, RuleChanges, RulePreview],
})
export class DatasetsModule {}
