import { Injectable, type OnModuleInit } from '@nestjs/common'
import {
  type CodeMappingDocument,
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
import type { ChangeOrigin } from '../changes/change-owners.service.ts'
import { Fault } from '../http/fault.ts'
import { log } from '../http/log.ts'
import { PoliciesService } from '../policies/policies.service.ts'
import { type Recalculation, type RecalculationRequest, Recalculations } from '../policies/recalculations.service.ts'
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

/** Who records within which transaction, and the change it comes from. */
interface Writing {
  manager: EntityManager
  by: Actor
  origin?: ChangeOrigin
}

/** What a new meaning of a code would replace. */
export interface CodeInForce {
  /** null = it stands for itself, or for nothing. */
  target: string | null
  /** ISO 8601; null = always. */
  since: string | null
  /** From when on another meaning is recorded, ISO 8601; null = none is. */
  until: string | null
  /** The meaning recorded last, whatever its date. */
  newest: { id: number; by: string; target: string | null } | null
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
    this.check(request)
    const spans = await this.affected(request)
    const recorded = await this.database.transaction((manager) => this.record(request, { manager, by, spans }))
    await this.settle(recorded)
    const version = this.versions.find(({ id }) => id === recorded.id) as StoredMapping
    const all = recorded.work.length
    return present(version, all === 0 ? undefined : { all, done: 0, doneAt: null })
  }

  /** Refuses a meaning that could not come into force now. */
  check({ domain, source: id, target, validFrom }: CodeMappingDocument): void {
    const source = this.catalog.snapshot.document.sources.find((each) => each.id === id)
    if (!source) {
      const says = { zh: `没有数据源 ${id}`, en: `there is no source ${id}` }
      throw new Fault('INPUT_INVALID', { source: id }, says)
    }
    if (target !== null && !this.targets()[domain].includes(target))
      throw new Fault('CODE_TARGET_UNKNOWN', { domain, target })
    const validFromAt = Date.parse(validFrom)
    if (validFromAt > Date.now()) {
      const says = { zh: 'validFrom 在未来', en: 'validFrom lies in the future: a code means what it means' }
      throw new Fault('INPUT_INVALID', { validFrom }, says)
    }
    this.policies.refuseClosed([source.site], validFromAt)
    if (domain !== 'work-center') this.policies.refuseDropped(validFromAt)
  }

  /** The stretches whose windows a new meaning changes, as the warehouse has them now. */
  affected(document: CodeMappingDocument): Promise<RecalculationRequest['spans']> {
    return this.spells.affected(document, Date.parse(document.validFrom), Date.now())
  }

  /** Records a meaning within a transaction; it is in force when that is `settle`d after the commit. */
  async record(
    request: CodeMappingRequest,
    { manager, by, spans, origin }: { spans: RecalculationRequest['spans'] } & Writing,
  ): Promise<{ id: number; work: Recalculation[] }> {
    const { domain, source, code, target, validFrom, reason } = request
    const author = origin?.author ?? by.user
    const rows = await manager.query<{ id: number }[]>(
      `INSERT INTO code_mapping_version (domain, source, code, target, valid_from, recorded_at, recorded_by, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      [domain, source, code, target, new Date(validFrom), new Date(), author, reason],
    )
    const id = Number(rows[0]?.id)
    const facts = { domain, source, code, target, validFrom, by: author, reason }
    await this.noteChange(request, { manager, by, ...(origin ? { origin } : {}) })
    const cause = { kind: 'mapping', id: String(id), facts } as const
    return { id, work: await this.recalculations.record(manager, { cause, spans }) }
  }

  /** After the commit: the meanings in force are read again, and what they change is derived anew. */
  async settle({ id, work }: { id: number; work: Recalculation[] }): Promise<void> {
    await this.load()
    log.info({ version: id }, 'a code has a new meaning')
    this.recalculations.announce(work)
  }

  /** What a new meaning would replace, as the store has it; within a transaction nobody else records one meanwhile. */
  async meaningInForce(document: CodeMappingDocument, within?: EntityManager): Promise<CodeInForce> {
    if (within) await within.query('LOCK TABLE code_mapping_version IN SHARE ROW EXCLUSIVE MODE')
    const recorded = await readMappings(within ?? this.database)
    const at = Date.parse(document.validFrom)
    const all = this.meaningsOf(document, recorded)
    const ruling = all.findLast((each) => each.validFromAt <= at)
    const next = all.find((each) => each.validFromAt > at)
    const newest = recorded.findLast((each) => isSameCode(each, document))
    return {
      target: ruling?.target ?? null,
      since: ruling && Number.isFinite(ruling.validFromAt) ? text(ruling.validFromAt) : null,
      until: next ? text(next.validFromAt) : null,
      newest: newest ? { id: newest.id, by: newest.by, target: newest.target } : null,
    }
  }

  /** Until when a new meaning would hold, because another one is recorded from then on; null = without end. */
  nextFrom(document: CodeMappingDocument): string | null {
    const at = Date.parse(document.validFrom)
    const next = this.meaningsOf(document, this.versions).find((each) => each.validFromAt > at)
    return next ? text(next.validFromAt) : null
  }

  /** Meanings of one code as the code book orders them: by date, and of two for one date the one recorded later last. */
  private meaningsOf(
    document: CodeMappingDocument,
    recorded: readonly StoredMapping[],
  ): { target: string | null; validFromAt: number }[] {
    const imported = this.catalog.importedMappings
      .filter((mapping) => isSameCode(mapping, document))
      .map((mapping) => ({ target: mapping.target, validFromAt: validFromAt(mapping) }))
    const own = recorded.filter((each) => isSameCode(each, document))
    return [...imported, ...own].sort((a, b) => a.validFromAt - b.validFromAt || 0)
  }

  private noteChange(request: CodeMappingRequest, { manager, by, origin }: Writing): Promise<void> {
    const { domain, source, code, target, validFrom, reason } = request
    const known = this.inForce(this.catalog.importedMappings).find((each) => isSameCode(each, request))
    const object = { kind: 'code-mapping', id: `${source}:${domain}:${code}` }
    const what = { stream: 'change', action: 'code.mapped', object } as const
    const before = { target: known?.target ?? null }
    const after = { target, validFrom, ...(origin ? { origin } : {}) }
    return this.audit.record({ ...what, by, before, after, reason }, manager)
  }

  private async load(): Promise<void> {
    this.versions = await readMappings(this.database)
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

interface CodeName {
  domain: string
  source: string
  code: string
}
const isSameCode = (a: CodeName, b: CodeName): boolean =>
  a.domain === b.domain && a.source === b.source && a.code === b.code

async function readMappings(database: DataSource | EntityManager): Promise<StoredMapping[]> {
  const rows = await database.query<Row[]>('SELECT * FROM code_mapping_version ORDER BY id')
  return rows.map((row) => ({
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
