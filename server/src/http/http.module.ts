import { Global, Module } from '@nestjs/common'
import { CatalogNames } from './catalog-names.ts'

@Global()
@Module({ providers: [CatalogNames], exports: [CatalogNames] })
export class HttpModule {}
