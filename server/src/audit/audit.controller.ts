import { Controller, Get, Query, Res } from '@nestjs/common'
import { ApiOperation, ApiTags } from '@nestjs/swagger'
import {
  type AuditPage,
  type AuditQuery,
  type AuditVerification,
  auditPage,
  auditQuery,
  auditVerification,
} from '@gemba/contracts/audit'
import type { Response } from 'express'
import { CurrentActor } from '../accounts/current-principal.guard.ts'
import { Pacing } from '../http/pacing.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { securityEvent } from '../http/security-event.ts'
import { AuditTrail } from './audit-trail.service.ts'
import { type Actor, AuditService } from './audit.service.ts'

@ApiTags('audit')
@Controller('api/audit')
@Policy({ roles: ['admin', 'quality', 'auditor'] })
@OpenTo({ scope: null })
export class AuditController {
  /** Reading the whole trail is dear. */
  private readonly pacing = new Pacing(6, 6)

  constructor(
    private readonly trail: AuditTrail,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @Answers(auditPage, 'One page of the audit trail, newest first.')
  page(@Query({ schema: auditQuery }) query: AuditQuery): Promise<AuditPage> {
    return this.trail.page(query)
  }

  @Get('export')
  @Costs(200)
  @ApiOperation({ summary: 'The filtered entries as CSV, newest first. The export is itself an entry.' })
  async export(
    @Query({ schema: auditQuery }) query: AuditQuery,
    @CurrentActor() actor: Actor,
    @Res() response: Response,
  ): Promise<void> {
    this.pace(actor)
    const filter = Object.fromEntries(Object.entries(query).filter(([name]) => name !== 'limit' && name !== 'after'))
    const { text, entries, complete } = await this.trail.csv(filter)
    await this.audit.record({
      stream: 'export',
      action: 'audit.exported',
      by: actor,
      object: { kind: 'audit', id: 'csv' },
      after: { entries, complete, filter },
    })
    securityEvent('audit.exported', { user: actor.user, entries })
    response.setHeader('Content-Type', 'text/csv; charset=utf-8')
    response.setHeader(
      'Content-Disposition',
      `attachment; filename="audit-${new Date().toISOString().slice(0, 10)}.csv"`,
    )
    response.setHeader('Cache-Control', 'no-store')
    response.send(text)
  }

  @Get('verification')
  @Costs(500)
  @Answers(auditVerification, 'Every chain checked from its first entry to its last.')
  verification(@CurrentActor() actor: Actor): Promise<AuditVerification> {
    this.pace(actor)
    return this.trail.verify()
  }

  private pace(actor: Actor): void {
    const retryAfterS = this.pacing.take(actor.user, Date.now())
    if (retryAfterS > 0) throw new Fault('TOO_MANY_REQUESTS', { retryAfterS })
  }
}
