import { Module } from '@nestjs/common'
import { PoliciesModule } from '../policies/policies.module.ts'
import { RetentionChanges } from './retention-changes.service.ts'
import { RetentionController } from './retention.controller.ts'
import { RetentionService } from './retention.service.ts'
import { StoredPartitions } from './stored-partitions.service.ts'

@Module({
  imports: [PoliciesModule],
  controllers: [RetentionController],
  providers: [RetentionChanges, RetentionService, StoredPartitions],
})
export class RetentionModule {}
