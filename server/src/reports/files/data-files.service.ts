import { Injectable } from '@nestjs/common'
import type {
  DataFile,
  DataFileChange,
  DataFileUpload,
  DataFilesAnswer,
  FileColumn,
  RowAudience,
  RowsPreview,
} from '@gemba/contracts/data-file'
import { factNamed } from '@gemba/engine/rights/facts'
import { DataSource } from 'typeorm'
import type { Principal } from '../../accounts/principal.ts'
import { AuditService } from '../../audit/audit.service.ts'
import { foreignScope } from '../../datasets/data-gate.ts'
import { Fault } from '../../http/fault.ts'
import { DatasetUses, namesFile, requireUnused } from '../dataset-uses.service.ts'
import type { By } from '../report-drafts.service.ts'
import { ReportWorkers } from '../report-workers.service.ts'
import { FileDatasets, objectOfFile } from './file-dataset.service.ts'
import { StoredFiles, type StoredFile } from './stored-files.service.ts'

const READ_WITHIN_MS = 60_000
const SHOWN_ROWS = 20

/** Uploaded files: who keeps them, who sees what of them, and what reads them. */
@Injectable()
export class DataFiles {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly files: StoredFiles,
    private readonly rows: FileDatasets,
    private readonly uses: DatasetUses,
    private readonly workers: ReportWorkers,
  ) {}

  async list(principal: Principal): Promise<DataFilesAnswer> {
    const [stored, readings] = await Promise.all([this.files.all(), this.uses.all()])
    const files = stored.flatMap(({ file, version }): DataFile[] => {
      const mayEdit = mayChange(principal, file.id)
      if (!mayEdit && scopeOf(principal, file).isClosed) return []
      const { columns, rows, bytes, fileName, uploadedBy } = version
      return [
        {
          ...file,
          fileName,
          columns,
          rows,
          bytes,
          uploadedBy,
          uploadedAt: version.uploadedAt.toISOString(),
          usedBy: this.uses.usesIn(readings, principal, namesFile(file.id)),
          mayEdit,
        },
      ]
    })
    return { files, mayAdd: mayChange(principal, '*') }
  }

  /** Reads a file and keeps it until it becomes a version; throws DATA_FILE_REFUSED with what is wrong and where. */
  async upload(bytes: Buffer, fileName: string, { principal }: By): Promise<DataFileUpload> {
    if (!mayChange(principal, '*')) throw new Fault('NO_ACCESS', { action: 'edit' })
    const table = await this.read(bytes)
    const upload = await this.files.keepUpload(table, { fileName, bytes, by: principal.user })
    const { format, encoding, sheet, columns, rows } = table
    return { upload, fileName, format, encoding, sheet, columns, rows: rows.length, sample: rows.slice(0, SHOWN_ROWS) }
  }

  private async read(bytes: Buffer) {
    try {
      const answer = await this.workers.table(bytes, AbortSignal.timeout(READ_WITHIN_MS))
      if ('table' in answer) return answer.table
      throw new Fault('DATA_FILE_REFUSED', {}, answer.refused)
    } catch (error) {
      if (error instanceof Fault) throw error
      // Its thread ended: the file asked for more memory or time than any table of these limits does.
      throw new Fault(
        'DATA_FILE_REFUSED',
        {},
        { zh: '读取文件超出时间或内存上限', en: 'reading the file takes more time or memory than is allowed' },
      )
    }
  }

  async change(id: string, change: DataFileChange, by: By): Promise<DataFilesAnswer> {
    const { principal } = by
    if (!mayChange(principal, id)) throw this.hidden(id)
    await this.database.transaction(async (manager) => {
      const before = await this.files.locked(manager, id)
      if ((before?.version ?? 0) !== change.version) throw new Fault('DATA_FILE_CHANGED', { file: id })
      if (before === null && change.upload === undefined) throw new Fault('UPLOAD_UNKNOWN')
      const columns =
        change.upload === undefined
          ? await this.files.columnsOfVersion(manager, before as StoredFile)
          : await this.files.columnsOfUpload(manager, change.upload, principal.user)
      checkAudience(change.audience, columns)
      const version = (before?.version ?? 0) + (change.upload === undefined ? 0 : 1)
      const file: StoredFile = { id, name: change.name, audience: change.audience, version }
      await this.files.save(manager, file, principal.user)
      const hash = change.upload === undefined ? null : await this.files.promote(manager, change.upload, file)
      await this.audit.record(
        {
          stream: 'change',
          action: before === null ? 'data-file.created' : 'data-file.changed',
          by: by.actor,
          object: { kind: 'data-file', id },
          before,
          after: { ...file, hash },
        },
        manager,
      )
    })
    return this.list(principal)
  }

  /** The first rows that the caller may see. Who looked is in the audit trail before they leave. */
  async preview(id: string, { principal, actor }: By): Promise<RowsPreview> {
    const found = await this.files.find(id)
    if (found === null || found.version === null) throw this.hidden(id)
    const { file, version } = found
    const scope = scopeOf(principal, file)
    if (scope.isClosed && !mayChange(principal, id)) throw this.hidden(id)
    const { rows, isCut } = await this.rows.first(SHOWN_ROWS, file, { version, scope })
    await this.audit.record({
      stream: 'access',
      action: 'data-file.looked-at',
      by: actor,
      object: { kind: 'data-file', id },
      after: {
        version: version.version,
        rows: rows.length,
        isCut,
        rules: scope.rules,
        masked: [...scope.masks.keys()],
      },
    })
    return {
      columns: version.columns.map(({ name, heading, type }) => ({ name, heading, type })),
      rows: rows.map((row) => version.columns.map(({ name }) => row[name] ?? null)),
      isCut,
      rules: [...scope.rules],
      masked: [...scope.masks.keys()],
      asOf: version.uploadedAt.toISOString(),
    }
  }

  async remove(id: string, { principal, actor }: By): Promise<DataFilesAnswer> {
    if (!mayChange(principal, id)) throw this.hidden(id)
    await this.database.transaction(async (manager) => {
      const before = await this.files.locked(manager, id)
      if (before === null) throw this.hidden(id)
      requireUnused('DATA_FILE_IN_USE', this.uses.usesIn(await this.uses.all(), principal, namesFile(id)))
      await this.files.remove(manager, id)
      await this.audit.record(
        { stream: 'change', action: 'data-file.removed', by: actor, object: { kind: 'data-file', id }, before },
        manager,
      )
    })
    return this.list(principal)
  }

  private hidden(id: string): Fault {
    return new Fault('DATA_FILE_UNKNOWN', { file: id.slice(0, 60) })
  }
}

const scopeOf = (principal: Principal, { id, audience }: Pick<StoredFile, 'id' | 'audience'>) =>
  foreignScope(principal, { object: objectOfFile(id), audience })

/** Who may edit sources, or this dataset; `*` asks for some file. */
function mayChange({ rights }: Principal, id: string): boolean {
  const object = id === '*' ? '*' : objectOfFile(id)
  return (['source', 'dataset'] as const).some((kind) => rights?.may('edit', { kind, id: object }) === true)
}

/** Rules can only be asked of columns that are there. */
function checkAudience(audience: RowAudience, columns: readonly FileColumn[]): void {
  if (audience.kind !== 'fact') return
  const fact = factNamed(audience.fact)
  const own = new Set(columns.map(({ name }) => name))
  const strange = Object.keys(audience.columns).filter((name) => !fact?.columns.some((each) => each.name === name))
  const missing = Object.values(audience.columns).filter((name) => !own.has(name))
  if (fact !== null && strange.length === 0 && missing.length === 0) return
  const list = [...strange, ...missing].join(', ')
  throw new Fault(
    'DATA_FILE_REFUSED',
    {},
    fact === null
      ? { zh: '没有这种数据', en: 'there are no such facts' }
      : {
          zh: `判断可见行所用的列不存在：${list}`,
          en: `columns that decide who sees a row are not there: ${list}`,
        },
  )
}
