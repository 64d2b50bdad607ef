import { Injectable, type OnModuleInit } from '@nestjs/common'
import {
  type CodeMappingRequest,
  type CodeMappingVersion,
  type CodeMappingsAnswer,
  type MappedDomain,
  mappedDomain,
} from '@gemba/contracts/code-mapping'
import type { CatalogDocument } from '@gemba/contracts/catalog'
import { DataSource, type EntityManager } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { Recalculations } from '../policies/recalculations.service.ts'
import { CodeBook, type CodeMeaning, type CodeRule } from './code-book.ts'
import { CodeSpells } from './code-spells.service.ts'
import { normalCode } from './normal-code.ts'

interface StoredMapping extends CodeRule {
  id: number
  recordedAt: number
  by: string
  reason: string
}

interface Row {
  id: number
  domain: MappedDomain
  source: string
  code: string
  target: string | null
  valid_from: Date
  recorded_at: Date
  recorded_by: string
  reason: string
}

const text = (at: number): string => new Date(at).toISOString()

/** What codes of sources mean here, by time. The catalog's mappings hold from their date on, always without one; recorded versions go before them. */
@Injectable()
export class CodesService implements OnModuleInit {
  private versions: readonly StoredMapping[] = []
  private current = new CodeBook({ rules: [], known: { reason: [], material: [], 'work-center': [] } })

  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly policies: PoliciesService,
    private readonly recalculations: Recalculations,
    private readonly spells: CodeSpells,
    private readonly audit: AuditService,
  ) {
    catalog.changed.subscribe(() => this.rebuild())
  }

  async onModuleInit(): Promise<void> {
    await this.load()
  }

  get book(): CodeBook {
    return this.current
  }

  /** Stretches of time in which codes of sources, in their normal form, mean something else than themselves. */
  meanings(domain: MappedDomain, sources: readonly string[]): CodeMeaning[] {
    return this.current.meanings(domain, sources).map((meaning) => ({ ...meaning, code: normalCode(meaning.code) }))
  }

  /** Ids of the catalog that a code of each domain can mean. */
  targets(): Record<MappedDomain, string[]> {
    const { document } = this.catalog.snapshot
    return {
      reason: document.reasons.map(({ code }) => code),
      material: document.materials.map(({ id }) => id),
      'work-center': document.equipment.map(({ path }) => path),
    }
  }

  async mappings(): Promise<CodeMappingsAnswer> {
    const progress = await this.recalculations.progress('mapping')
    return {
      versions: this.versions
        .toSorted((a, b) => b.id - a.id)
        .map((version) => present(version, progress.get(String(version.id)))),
    }
  }

  /** Records what a code means from a date on; exactly the windows that it stands in are derived again. */
  async map(request: CodeMappingRequest, by: Actor): Promise<CodeMappingVersion> {
    const source = this.catalog.snapshot.document.sources.find(({ id }) => id === request.source)
    if (!source) {
      const says = { zh: `没有数据源 ${request.source}`, en: `there is no source ${request.source}` }
      throw new Fault('INPUT_INVALID', { source: request.source }, says)
    }
    if (request.target !== null && !this.targets()[request.domain].includes(request.target))
      throw new Fault('CODE_TARGET_UNKNOWN', { domain: request.domain, target: request.target })
    const validFromAt = Date.parse(request.validFrom)
    if (validFromAt > Date.now()) {
      const says = { zh: 'validFrom 在未来', en: 'validFrom lies in the future: a code means what it means' }
      throw new Fault('INPUT_INVALID', { validFrom: request.validFrom }, says)
    }
    this.policies.refuseClosed([source.site], validFromAt)
    if (request.domain !== 'work-center') this.policies.refuseDropped(validFromAt)
    const nowAt = Date.now()
    const spans = await this.spells.affected(request, validFromAt, nowAt)
    const recorded = await this.database.transaction(async (manager) => {
      const rows = await manager.query<{ id: number }[]>(
        `INSERT INTO code_mapping_version (domain, source, code, target, valid_from, recorded_at, recorded_by, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
        [
          request.domain,
          request.source,
          request.code,
          request.target,
          new Date(validFromAt),
          new Date(nowAt),
          by.user,
          request.reason,
        ],
      )
      const id = Number(rows[0]?.id)
      const { domain, code, target, validFrom, reason } = request
      const facts = { domain, source: request.source, code, target, validFrom, by: by.user, reason }
      await this.noteChange(request, by, manager)
      const cause = { kind: 'mapping', id: String(id), facts } as const
      return { id, work: await this.recalculations.record(manager, { cause, spans }) }
    })
    await this.load()
    this.recalculations.announce(recorded.work)
    log.info({ domain: request.domain, source: request.source, version: recorded.id }, 'a code has a new meaning')
    const version = this.versions.find(({ id }) => id === recorded.id) as StoredMapping
    const all = recorded.work.length
    return present(version, all === 0 ? undefined : { all, done: 0, doneAt: null })
  }

  private noteChange(request: CodeMappingRequest, by: Actor, manager: EntityManager): Promise<void> {
    const { domain, source, code, target, validFrom, reason } = request
    const known = this.inForce(this.catalog.importedMappings).find(
      (each) => each.domain === domain && each.source === source && each.code === code,
    )
    const object = { kind: 'code-mapping', id: `${source}:${domain}:${code}` }
    const what = { stream: 'change', action: 'code.mapped', object } as const
    const before = { target: known?.target ?? null }
    return this.audit.record({ ...what, by, before, after: { target, validFrom }, reason }, manager)
  }

  private async load(): Promise<void> {
    const rows = await this.database.query<Row[]>('SELECT * FROM code_mapping_version ORDER BY id')
    this.versions = rows.map((row) => ({
      id: row.id,
      domain: row.domain,
      source: row.source,
      code: row.code,
      target: row.target,
      validFromAt: row.valid_from.getTime(),
      recordedAt: row.recorded_at.getTime(),
      by: row.recorded_by,
      reason: row.reason,
    }))
    this.catalog.meanCodes((imported) => this.inForce(imported))
  }

  /** What is recorded goes before what was imported; what was withdrawn falls away. */
  private inForce(imported: CatalogDocument['codeMappings']): CatalogDocument['codeMappings'] {
    const nowAt = Date.now()
    const mappings = new Map(
      imported
        .filter((mapping) => validFromAt(mapping) <= nowAt)
        .toSorted((a, b) => validFromAt(a) - validFromAt(b) || 0)
        .map((mapping) => [`${mapping.domain}\n${mapping.source}\n${mapping.code}`, mapping]),
    )
    for (const version of this.versions.toSorted((a, b) => a.validFromAt - b.validFromAt || a.id - b.id)) {
      const { domain, source, code, target } = version
      const key = `${domain}\n${source}\n${code}`
      if (target === null) mappings.delete(key)
      else mappings.set(key, { domain, source, code, target })
    }
    return [...mappings.values()]
  }

  private rebuild(): void {
    const imported = this.catalog.importedMappings.flatMap((mapping) => {
      const { source, code, target } = mapping
      const known = mappedDomain.safeParse(mapping.domain)
      return known.success ? [{ domain: known.data, source, code, target, validFromAt: validFromAt(mapping) }] : []
    })
    this.current = new CodeBook({ rules: [...imported, ...this.versions], known: this.targets() })
  }
}

/** Without a date a code has always had its meaning. */
const validFromAt = ({ validFrom }: CatalogDocument['codeMappings'][number]): number =>
  validFrom === undefined ? -Infinity : Date.parse(validFrom)

function present(
  version: StoredMapping,
  progress: { all: number; done: number; doneAt: number | null } | undefined,
): CodeMappingVersion {
  const isDone = progress === undefined || progress.done === progress.all
  return {
    id: version.id,
    domain: version.domain,
    source: version.source,
    code: version.code,
    target: version.target,
    validFrom: text(version.validFromAt),
    recordedAt: text(version.recordedAt),
    by: version.by,
    reason: version.reason,
    appliedAt: isDone ? text(progress?.doneAt ?? version.recordedAt) : null,
  }
}
