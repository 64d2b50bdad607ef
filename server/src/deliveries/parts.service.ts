import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Inject, Injectable } from '@nestjs/common'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { ForeignJudgements } from '../reports/foreign-judgements.service.ts'
import type { PartRow, RunRow } from './delivery-rows.ts'
import { type RenderedReport, type Rendering, ReportSource } from './report-source.service.ts'
import { parametersAt } from './schedule-clock.ts'

export type MadePart =
  { readonly ok: true; readonly part: PartRow; readonly isNew: boolean } | Extract<Rendering, { ok: false }>

/** Renders of a run: one for each set of rights, kept as it was sent. */
@Injectable()
export class Parts {
  constructor(
    private readonly database: DataSource,
    private readonly reports: ReportSource,
    private readonly catalog: CatalogService,
    private readonly judgements: ForeignJudgements,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  /** The render for what the principal may see; made if it is not there. */
  async for(run: RunRow, principal: Principal): Promise<MadePart> {
    const key = principal.rights?.key
    if (key === undefined) return { ok: false, reason: 'no-access', cause: 'no rights', isPassing: false }
    const known = await this.find(run.id, key)
    if (known && !(await this.isVoid(known, principal))) return { ok: true, part: known, isNew: false }
    // It stays as evidence of what was sent, and is nobody's render any more.
    if (known)
      await this.database.query(`UPDATE delivery_part SET rights_key = rights_key || ' void ' || id WHERE id = $1`, [
        known.id,
      ])
    const site = this.catalog.snapshot.site(run.document.site)
    if (site === null)
      return { ok: false, reason: 'report-failed', cause: `site ${run.document.site}`, isPassing: false }
    const { report, version, params, locale, formats } = run.document
    const asked = {
      principal,
      report,
      version,
      locale,
      formats,
      params: parametersAt(params, site, run.planned_at.getTime()),
    }
    const rendering = await this.reports.render(asked)
    if (!rendering.ok) return rendering
    const id = randomUUID()
    const rendered = await this.keep(run.id, id, rendering.report)
    await this.database.query(
      `INSERT INTO delivery_part (id, run, rights_key, rendered) VALUES ($1, $2, $3, $4)
       ON CONFLICT (run, rights_key) DO NOTHING`,
      [id, run.id, key, JSON.stringify(rendered)],
    )
    // Another server may have been quicker: then both send the same.
    return { ok: true, part: (await this.find(run.id, key)) as PartRow, isNew: true }
  }

  async byId(id: string): Promise<PartRow | null> {
    const [row] = await this.database.query<PartRow[]>('SELECT * FROM delivery_part WHERE id = $1', [id])
    return row ?? null
  }

  /** Whether rows from elsewhere in it are judged otherwise now for whose eyes it was made; null = these are gone. */
  async isVoid({ rendered }: Pick<PartRow, 'rendered'>, eyes: Principal | null): Promise<boolean> {
    return (await this.judgements.changed(rendered.judged ?? [], eyes)).length > 0
  }

  private async find(run: string, key: string): Promise<PartRow | null> {
    const [row] = await this.database.query<PartRow[]>(
      'SELECT * FROM delivery_part WHERE run = $1 AND rights_key = $2',
      [run, key],
    )
    return row ?? null
  }

  /** Files of a run of reports are dropped after a while; what was sent stays. */
  private async keep(run: string, part: string, report: RenderedReport): Promise<RenderedReport> {
    const folder = join(this.config.dataDir, 'deliveries', run, part)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const files = await Promise.all(
      report.files.map(async (file) => {
        const path = join(folder, `report.${file.format}`)
        await copyFile(file.path, `${path}.part`)
        await rename(`${path}.part`, path)
        return { ...file, path }
      }),
    )
    return { ...report, files }
  }
}
