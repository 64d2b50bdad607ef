import { Global, Module } from '@nestjs/common'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { CatalogNames } from './catalog-names.ts'
import { CollectorTokens } from './collector-tokens.ts'

const collectorTokens = {
  provide: CollectorTokens,
  inject: [SERVER_CONFIG],
  useFactory: (config: ServerConfig) => new CollectorTokens(config.collectorTokens),
}

@Global()
@Module({ providers: [CatalogNames, collectorTokens], exports: [CatalogNames, CollectorTokens] })
export class HttpModule {}
