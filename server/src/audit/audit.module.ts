import { Global, Module } from '@nestjs/common'
import { AuditController } from './audit.controller.ts'
import { AuditKeeping } from './audit-keeping.service.ts'
import { AuditTrail } from './audit-trail.service.ts'
import { AuditService } from './audit.service.ts'

@Global()
@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditTrail, AuditKeeping],
  exports: [AuditService, AuditTrail],
})
export class AuditModule {}
