import { Global, Module } from '@nestjs/common'
import { CollectorsController } from './collectors.controller.ts'
import { SourceStore } from './source-store.service.ts'
import { SourcesService } from './sources.service.ts'

@Global()
@Module({ controllers: [CollectorsController], providers: [SourceStore, SourcesService], exports: [SourcesService] })
export class SourcesModule {}
