import { Global, Module } from '@nestjs/common'
import { APP_INTERCEPTOR } from '@nestjs/core'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { CatalogNames } from './catalog-names.ts'
import { CollectorTokens } from './collector-tokens.ts'
import { OutgoingGuard } from './outgoing.ts'
import { BudgetInterceptor, RequestBudgets } from './request-budget.ts'

const collectorTokens = {
  provide: CollectorTokens,
  inject: [SERVER_CONFIG],
  useFactory: (config: ServerConfig) => new CollectorTokens(config.collectorTokens),
}

const outgoing = {
  provide: OutgoingGuard,
  inject: [SERVER_CONFIG],
  useFactory: (config: ServerConfig) => new OutgoingGuard(config.outgoingAllow),
}

@Global()
@Module({
  providers: [
    CatalogNames,
    collectorTokens,
    outgoing,
    RequestBudgets,
    { provide: APP_INTERCEPTOR, useClass: BudgetInterceptor },
  ],
  exports: [CatalogNames, CollectorTokens, OutgoingGuard, RequestBudgets],
})
export class HttpModule {}
