import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common'
import { type CatalogDocument, type SiteDefinition, catalogDocument } from '@gemba/contracts/catalog'
import type { SourceDefinition } from '@gemba/contracts/source'
import { Subject } from 'rxjs'
import { DataSource } from 'typeorm'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { CatalogNames } from '../http/catalog-names.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { catalogFaults } from './catalog-check.ts'
import { shapeFaults } from './master-check.ts'
import { CatalogSnapshot, EMPTY_CATALOG } from './catalog-snapshot.service.ts'

/** Holds the catalog in force. Source settings are split off at import: they are kept by `sources`, encrypted. */
@Injectable()
export class CatalogService implements OnModuleInit {
  /** A new snapshot is in force. */
  readonly changed = new Subject<CatalogSnapshot>()
  /** Sources of a document that was just imported, with their settings. */
  importedSources: readonly SourceDefinition[] | null = null
  private imported: CatalogDocument = EMPTY_CATALOG
  private current = new CatalogSnapshot(EMPTY_CATALOG)
  private meaning = (imported: CatalogDocument['codeMappings']): CatalogDocument['codeMappings'] => imported
  private owners: (site: string) => NonNullable<SiteDefinition['productionDateOwners']> = () => []

  constructor(
    private readonly database: DataSource,
    private readonly names: CatalogNames,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.loadStored()
    if (this.config.provisionFile) await this.importFile(this.config.provisionFile)
  }

  /** Which production day owns the night shifts of each site, by the policies in force; holds for every later import. */
  ownProductionDates(owners: (site: string) => NonNullable<SiteDefinition['productionDateOwners']>): void {
    this.owners = owners
    this.use(this.imported)
  }

  /** Mappings of the imported document, without those that were recorded since. */
  get importedMappings(): CatalogDocument['codeMappings'] {
    return this.imported.codeMappings
  }

  /** What codes mean now, beside and before the mappings of the document; holds for every later import. */
  meanCodes(meaning: (imported: CatalogDocument['codeMappings']) => CatalogDocument['codeMappings']): void {
    this.meaning = meaning
    this.use(this.imported)
  }

  get snapshot(): CatalogSnapshot {
    return this.current
  }

  private async loadStored(): Promise<void> {
    const rows = await this.database.query<{ document: unknown }[]>(
      'SELECT document FROM catalog_version ORDER BY imported_at DESC, version DESC LIMIT 1',
    )
    if (rows[0]) this.use(catalogDocument.parse(rows[0].document))
  }

  /** Imports a document from a file; a document that is not valid is refused with every row named. */
  async importFile(file: string): Promise<void> {
    let parsed: unknown
    try {
      parsed = JSON.parse(await readFile(file, 'utf8'))
    } catch (error) {
      const text = error instanceof Error ? error.message : 'unreadable'
      throw new Fault('CATALOG_INVALID', {}, { zh: text, en: text })
    }
    await this.importDocument(parsed)
  }

  async importDocument(input: unknown): Promise<void> {
    const result = catalogDocument.safeParse(input)
    if (!result.success) {
      const text = shapeFaults(input, result.error).join('; ')
      throw new Fault('CATALOG_INVALID', { faults: result.error.issues.length }, { zh: text, en: text })
    }
    const faults = catalogFaults(result.data)
    if (faults.length > 0) {
      const text = faults.slice(0, 20).join('; ')
      throw new Fault('CATALOG_INVALID', { faults: faults.length }, { zh: text, en: text })
    }
    this.importedSources = result.data.sources
    const document = withoutSecrets(result.data)
    const text = JSON.stringify(document)
    const hash = createHash('sha256').update(text).digest('hex')
    await this.database.query(
      'INSERT INTO catalog_version (hash, document) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET imported_at = now()',
      [hash, text],
    )
    this.use(document)
    log.info(
      { equipment: document.equipment.length, points: document.points.length, sources: document.sources.length },
      'catalog in force',
    )
  }

  private use(document: CatalogDocument): void {
    this.imported = document
    const sites = document.sites.map((site) => {
      const productionDateOwners = this.owners(site.id)
      return productionDateOwners.length > 0 ? { ...site, productionDateOwners } : site
    })
    this.current = new CatalogSnapshot({ ...document, sites, codeMappings: this.meaning(document.codeMappings) })
    this.names.enterprise = document.enterprise
    this.names.places = document.equipment.map(({ path, name }) => ({ path, name }))
    this.changed.next(this.current)
  }
}

/** The catalog names sources and their contracts; how to reach them is not part of it. */
function withoutSecrets(document: CatalogDocument): CatalogDocument {
  return {
    ...document,
    sources: document.sources.map((source) => ({ ...source, settings: { kind: 'push' as const } })),
  }
}
