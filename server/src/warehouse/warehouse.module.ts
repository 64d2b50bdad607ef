import { type DynamicModule, Module } from '@nestjs/common'
import { migrate } from './migrations.ts'
import { WarehouseService, type WarehouseOptions } from './warehouse.service.ts'

/** Gives everybody the `WarehouseService`; the tables are up to date before anything is injected with it. */
@Module({})
export class WarehouseModule {
  static forRoot(url: string, options: WarehouseOptions = {}): DynamicModule {
    return {
      module: WarehouseModule,
      global: true,
      providers: [
        {
          provide: WarehouseService,
          useFactory: async () => {
            const warehouse = new WarehouseService(url, options)
            await migrate(warehouse, options.cluster)
            return warehouse
          },
        },
      ],
      exports: [WarehouseService],
    }
  }
}
