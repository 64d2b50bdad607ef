import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { DataSource } from 'typeorm'
import { CatalogService } from '../../catalog/catalog.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../../config.ts'
import { ReportLibrary } from '../report-library.service.ts'
import { TARGET_FILE, TARGET_REPORT, targetReport } from './demo-target-report.ts'
import { readTable } from './file-table.ts'
import { StoredFiles } from './stored-files.service.ts'

/** Yearly targets by unit, each a little above the one before. */
const FIRST_TARGET = 0.78

/** The demo has one file and one report that reads it from the first start; what somebody took away stays away. */
@Injectable()
export class DemoFiles implements OnApplicationBootstrap {
  constructor(
    private readonly database: DataSource,
    private readonly files: StoredFiles,
    private readonly library: ReportLibrary,
    private readonly catalog: CatalogService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.demo) return
    const units = this.catalog.snapshot.document.equipment.filter(({ level }) => level === 'work-unit')
    if (units.length === 0 || !(await this.isFirst())) return
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

  private async isFirst(): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO setting (key, value, changed_by) VALUES ('demo-files', 'true', 'system')
       ON CONFLICT (key) DO NOTHING RETURNING key`,
    )
    return rows.length > 0
  }
}
