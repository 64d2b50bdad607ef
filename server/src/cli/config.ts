import { resolve } from 'node:path'

export interface StoreLocations {
  readonly dataDir: string
  /** Stores given from outside; null = the embedded ones of the data folder. */
  readonly metadataUrl: string | null
  readonly warehouseUrl: string | null
}

/** Where the stores are, as `npm start` finds them. */
export function storeLocations(
  dataOption: string | undefined,
  source: NodeJS.ProcessEnv = process.env,
): StoreLocations {
  return {
    dataDir: resolve(dataOption ?? (source['GEMBA_DATA'] || '.gemba')),
    metadataUrl: source['METADATA_URL'] || null,
    warehouseUrl: source['WAREHOUSE_URL'] || null,
  }
}
