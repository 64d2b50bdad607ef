import { Controller, Get } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { type CatalogDocument, catalogDocument } from '@gemba/contracts/catalog'
import { Answers } from '../http/answers.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { visibleCatalog } from './visible-catalog.ts'
import { CatalogService } from './catalog.service.ts'

@ApiTags('catalog')
@Controller('api/catalog')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  @Policy('signed-in')
  @OpenTo({ scope: 'read:catalog' })
  @Answers(
    catalogDocument,
    'Sites, equipment, calendars, materials, rates, reasons, points; sources without their settings.',
  )
  read(@CurrentPrincipal() principal: Principal): CatalogDocument {
    return visibleCatalog(this.catalog.snapshot.document, principal)
  }
}
