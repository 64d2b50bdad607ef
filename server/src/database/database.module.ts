import { fileURLToPath } from 'node:url'
import { type DynamicModule, Module } from '@nestjs/common'
import { TypeOrmModule } from '@nestjs/typeorm'
import type { DataSourceOptions } from 'typeorm'

/** Options of the metadata store; the migrations lie beside this file, built (`.js`) or not (`.ts`). */
export function dataSourceOptions(url: string): DataSourceOptions {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const folder = fileURLToPath(new URL('./migrations/', import.meta.url))
  return {
    type: 'postgres',
    ...connectionOf(url),
    // `gen_random_uuid()` is part of PostgreSQL; nothing has to be installed for it.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    synchronize: false,
    migrationsRun: true,
    migrations: [`${folder}[0-9]*-*.${extension}`],
    migrationsTableName: 'schema_migration',
    migrationsTransactionMode: 'each',
    poolSize: 10,
    connectTimeoutMS: 10_000,
    extra: { keepAlive: true, idleTimeoutMillis: 30_000 },
    logging: false,
  }
}

/** `postgres://user@/database?host=/socket/folder` names a unix socket, which TypeORM's own URL reader does not know. */
export function connectionOf(url: string): { url: string } | Record<string, string | number> {
  const parsed = new URL(url.replace(/^(postgres(?:ql)?:\/\/[^/@]*@?)\//, '$1localhost/'))
  const socketDir = parsed.searchParams.get('host')
  if (!socketDir?.startsWith('/')) return { url }
  return {
    host: socketDir,
    port: Number(parsed.searchParams.get('port') ?? (parsed.port || 5432)),
    username: decodeURIComponent(parsed.username),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    database: decodeURIComponent(parsed.pathname.slice(1)),
  }
}

/** Opens the metadata store, runs its migrations and gives features their repositories. */
@Module({})
export class DatabaseModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(url),
          autoLoadEntities: true,
          retryAttempts: 30,
          retryDelay: 500,
        }),
      ],
      exports: [TypeOrmModule],
    }
  }
}
