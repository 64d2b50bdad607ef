import { Controller, Get, Query } from '@nestjs/common'
import { ApiQuery, ApiTags } from '@nestjs/swagger'
import { type OrdersProgressAnswer, ordersProgressAnswer } from '@gemba/contracts/kpi'
import { z } from 'zod'
import { CurrentPrincipal } from '../accounts/current-principal.guard.ts'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { factScope, touchesOrdersOf } from '../datasets/data-gate.ts'
import { Answers } from '../http/answers.ts'
import { Fault } from '../http/fault.ts'
import { OpenTo, Policy } from '../http/policy.ts'
import { Costs } from '../http/request-cost.ts'
import { OrdersService } from './orders.service.ts'

const ordersQuery = z.object({ site: z.string().max(20).optional() })

@ApiTags('orders')
@Controller('api/orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly catalog: CatalogService,
  ) {}

  @Get('progress')
  @Costs(2)
  @Policy('signed-in')
  @OpenTo({ scope: 'read:kpi' })
  @ApiQuery({ name: 'site', required: false, description: 'site id; the first one without it' })
  @Answers(ordersProgressAnswer, 'Open orders with progress, expected completion and its basis, worst first.')
  async progress(
    @Query({ schema: ordersQuery }) query: z.infer<typeof ordersQuery>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OrdersProgressAnswer> {
    const first = this.catalog.snapshot.document.sites.find(({ id }) => touchesOrdersOf(principal, id))
    const site = query.site ?? first?.id ?? ''
    if (!touchesOrdersOf(principal, site)) throw new Fault('SITE_UNKNOWN', { site })
    return this.orders.answer(site, Date.now(), factScope(principal, 'order'))
  }
}
