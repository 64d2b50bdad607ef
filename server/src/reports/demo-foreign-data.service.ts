import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { DataSource } from 'typeorm'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SourcesService } from '../sources/sources.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { ReportLibrary } from './report-library.service.ts'
import { StoredDatabases } from './databases/stored-databases.service.ts'
import { SALES_DATABASE, SALES_REPORT, salesReport, TARGET_FILE, TARGET_REPORT, targetReport } from './demo-reports.ts'
import { readTable } from './files/file-table.ts'
import { StoredFiles } from './files/stored-files.service.ts'

/** Yearly targets by unit, each a little above the one before. */
const FIRST_TARGET = 0.78

/** The demo shows both ways from the first start: a file and a database. What somebody took away stays away. */
@Injectable()
export class DemoForeignData implements OnApplicationBootstrap {
  constructor(
    private readonly database: DataSource,
    private readonly files: StoredFiles,
    private readonly databases: StoredDatabases,
    private readonly library: ReportLibrary,
    private readonly catalog: CatalogService,
    private readonly sources: SourcesService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.demo) return
    const isFirst = await this.isFirst()
    if (isFirst) await this.plantTargets()
    await this.plantErp(isFirst)
  }

  private async plantTargets(): Promise<void> {
    const units = this.catalog.snapshot.document.equipment.filter(({ level }) => level === 'work-unit')
    const year = new Date().getUTCFullYear()
    const lines = [year - 1, year, year + 1].flatMap((each, step) =>
      units.map(({ path }, index) => `${path},${each},${(FIRST_TARGET + step / 100 + (index % 4) / 100).toFixed(2)}`),
    )
    const bytes = Buffer.from(['unit,year,oee_target', ...lines, ''].join('\n'))
    const upload = await this.files.keepUpload(await readTable(bytes), { fileName: 'targets.csv', bytes, by: 'system' })
    await this.database.transaction(async (manager) => {
      if ((await this.files.locked(manager, TARGET_FILE)) !== null) return
      const file = {
        id: TARGET_FILE,
        name: { zh: 'OEE 年度目标', en: 'Yearly targets of OEE' },
        audience: { kind: 'fact' as const, fact: 'equipment', columns: { unit: 'unit' } },
        version: 1,
      }
      await this.files.save(manager, file, 'system')
      await this.files.promote(manager, upload, file)
    })
    await this.library.addReady([{ id: TARGET_REPORT, template: targetReport }])
  }

  /** The ERP of the reference factory, by the account that its collector reads with; its port may move with a start. */
  private async plantErp(isFirst: boolean): Promise<void> {
    const settings = this.sources.definition(SALES_DATABASE)?.settings
    if (settings?.kind !== 'sql' || settings.dialect !== 'postgresql' || settings.host !== '127.0.0.1') return
    const { host, port, database, user, password } = settings
    await this.database.transaction(async (manager) => {
      const before = await this.databases.find(SALES_DATABASE, manager)
      const isOurs = before?.definition.host === host && before.definition.user === user
      if (before === null ? !isFirst : !isOurs) return
      const definition = before?.definition ?? {
        name: { zh: 'ERP（苏州）', en: 'ERP (Suzhou)' },
        kind: 'postgresql' as const,
        tls: 'none' as const,
        audience: {
          kind: 'fact' as const,
          fact: 'shipment',
          columns: { customer: 'customer', material: 'material', quantity: 'quantity' },
        },
      }
      await this.databases.save(
        manager,
        { id: SALES_DATABASE, definition: { ...definition, host, port, database, user }, password },
        'system',
      )
    })
    if (isFirst) await this.library.addReady([{ id: SALES_REPORT, template: salesReport }])
  }

  private async isFirst(): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO setting (key, value, changed_by) VALUES ('demo-foreign-data', 'true', 'system')
       ON CONFLICT (key) DO NOTHING RETURNING key`,
    )
    return rows.length > 0
  }
}
