/** The store behind a running product, asked past it: for bare SQL beside the product's answers, and for fixtures. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClickHouseClient, createClient } from '@clickhouse/client'
import type { Product } from '../flows/product.ts'

export function bareWarehouse(product: Pick<Product, 'dataDir'>): ClickHouseClient {
  const read = (...path: string[]) => readFileSync(join(product.dataDir, ...path), 'utf8').trim()
  return createClient({
    url: `http://127.0.0.1:${read('run', 'warehouse.port')}`,
    username: 'gemba',
    password: read('secrets', 'warehouse-token'),
    database: 'gemba',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
}

export async function rows<T>(client: ClickHouseClient, query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>()
}
