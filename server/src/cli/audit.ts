import pg from 'pg'
import { AUDIT_KEY_PURPOSE } from '../audit/audit.service.ts'
import { verifyChains } from '../audit/verify-chain.ts'
import { derivedKey } from '../database/secret-box.ts'
import type { StoreLocations } from './config.ts'
import { openMetadataStore } from './open-stores.ts'

/** Checks the audit trail of a metadata store, running or not; gives the exit code. */
export async function verifyAudit(
  locations: StoreLocations,
  keyFile: string,
  print: (line: string) => void,
): Promise<number> {
  const key = derivedKey(keyFile, AUDIT_KEY_PURPOSE)
  const store = await openMetadataStore(locations)
  const client = new pg.Client({ connectionString: store.url })
  try {
    await client.connect()
    const ask = async <T>(sql: string, params: readonly unknown[]): Promise<T[]> =>
      (await client.query(sql, [...params])).rows as T[]
    const { ok, streams } = await verifyChains(ask, key, Date.now())
    for (const { stream, entries, broken, head } of streams) {
      if (broken)
        print(`✗ ${stream}: broken at entry ${broken.seq}: ${broken.reason} (${entries} entries before it are whole)`)
      else print(`✓ ${stream}: ${entries} entries, last ${head ? `${head.seq} ${head.hash}` : 'none'}`)
    }
    print(ok ? 'The audit trail is whole.' : 'The audit trail is BROKEN.')
    return ok ? 0 : 1
  } finally {
    await client.end()
    await store.close()
  }
}
