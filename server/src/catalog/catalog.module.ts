import { Global, Module } from '@nestjs/common'
import { CatalogController } from './catalog.controller.ts'
import { CatalogService } from './catalog.service.ts'

@Global()
@Module({ controllers: [CatalogController], providers: [CatalogService], exports: [CatalogService] })
export class CatalogModule {}
