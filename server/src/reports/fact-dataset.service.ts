import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { Mask } from '@gemba/contracts/rights'
import type { FactDataset, ReportParameter } from '@gemba/contracts/template'
import type { Principal } from '../accounts/principal.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { factScope, maskSalt } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { type View, WarehouseService } from '../warehouse/warehouse.service.ts'
import { periodOfBounds, textsOf } from './dataset-parameters.ts'
import {
  DATASET_LIMITS,
  mostRows,
  DatasetRefused,
  NO_MARK,
  cutNote,
  rulesOf,
  type DatasetMark,
  type DatasetQuestion,
  type LineSink,
} from './dataset-reading.ts'
import { FACT_VIEWS, PLACE_COLUMNS, columnsOf, hasUnit, viewNamed, type FactView } from './fact-views.ts'
import { boundSql } from './sql-text.ts'

/** A view with the rights of one caller written into it. */
export interface GatedView extends View {
  params: Record<string, unknown>
  rules: string[]
  masks: Record<string, Mask['kind']>
}

/**
 * Nothing keeps the engine from testing an author's condition before that of the gate, and an error of it (a division
 * by zero) would tell of rows that are hidden. No condition moves past a limit.
 */
const BARRIER = ' LIMIT 1000000000000'

const quoted = (name: string): string => `\`${name}\``

/** Rows of facts, and users' queries over them: every row passes the gate before anything else sees it. */
@Injectable()
export class FactDatasets {
  constructor(
    private readonly catalog: CatalogService,
    private readonly warehouse: WarehouseService,
  ) {}

  async read(name: string, dataset: FactDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const view = viewNamed(dataset.fact)
    if (view === undefined) throw unknownFact(dataset.fact)
    const gated = this.gated(view, question)
    const narrowing = this.narrowing(view, dataset, question)
    const order = (dataset.order ?? []).map(
      ({ column, dir }) => `${quoted(columnOf(view, column))} ${dir.toUpperCase()}`,
    )
    const list = columnsOf(view).map(({ name: column, type }) =>
      type === 'instant' ? isoText(column) : quoted(column),
    )
    const sql = `SELECT ${list.join(', ')} FROM (SELECT * FROM (${gated.sql}) WHERE ${narrowing.sql}${order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''})`
    const maxRows = Math.min(dataset.limit ?? mostRows(question), mostRows(question))
    const limits = { maxRows, timeoutMs: DATASET_LIMITS.timeoutMs, signal: question.signal }
    const read = await this.warehouse.lines({ sql, params: { ...gated.params, ...narrowing.params } }, limits, sink)
    return {
      ...NO_MARK,
      total: read.isCut ? null : read.rows,
      scanned: scannedOf(read, [gated]),
      rules: gated.rules,
      masked: Object.keys(gated.masks),
      masks: gated.masks,
      // A limit that the author set is his question, not a cut.
      notes: read.isCut && dataset.limit === undefined ? [cutNote(name, read.rows, null)] : [],
      types: Object.fromEntries(columnsOf(view).map(({ name: column, type }) => [column, type])),
    }
  }

  /** A user's SELECT over `fact_<id>` views; it can read nothing else. */
  async readSql(
    name: string,
    { sql, parameters }: { sql: string; parameters: readonly ReportParameter[] },
    question: DatasetQuestion,
    sink: LineSink,
  ): Promise<DatasetMark> {
    const bound = boundSql(sql, { parameters, params: question.params })
    const views = FACT_VIEWS.filter(({ id }) => bound.sql.includes(`fact_${id}`)).map((view) =>
      this.gated(view, question, BARRIER),
    )
    const params = Object.assign({}, bound.params, ...views.map((view) => view.params)) as Record<string, unknown>
    const limits = { maxRows: mostRows(question), timeoutMs: DATASET_LIMITS.timeoutMs, signal: question.signal }
    const read = await this.warehouse.lines({ sql: bound.sql, params, views }, limits, sink)
    return {
      ...NO_MARK,
      total: read.isCut ? null : read.rows,
      scanned: scannedOf(read, views),
      rules: [...new Set(views.flatMap(({ rules }) => rules))],
      masked: [...new Set(views.flatMap(({ masks }) => Object.keys(masks)))],
      masks: Object.assign({}, ...views.map(({ masks }) => masks)) as GatedView['masks'],
      notes: read.isCut ? [cutNote(name, read.rows, null)] : [],
    }
  }

  /**
   * The rows of a view that the caller sees, columns as the caller sees them. The gate stands inside, where columns have
   * their true values; masks stand outside, so that no condition ever meets a masked one.
   */
  private gated(
    view: FactView,
    { principal, locale }: Pick<DatasetQuestion, 'principal' | 'locale'>,
    barrier = '',
  ): GatedView {
    const scope = factScope(principal, view.fact)
    const gate = gateOf(principal, view)
    const names = [...columnsOf(view).map(({ name }) => name), ...(view.lacking ?? [])]
    const columns = Object.fromEntries(names.map((column) => [column, quoted(column)]))
    const condition = gate.condition({ columns, prefix: `g_${view.id}` })
    const inner = [
      ...view.columns.map(({ name, sql }) => `${sql} AS ${quoted(name)}`),
      ...(view.lacking ?? []).map((column) => `CAST(NULL AS Nullable(String)) AS ${quoted(column)}`),
    ].join(', ')
    const places = hasUnit(view) ? PLACE_COLUMNS.map(({ name, sql }) => `, ${sql} AS ${quoted(name)}`).join('') : ''
    const base = `SELECT *${places} FROM (SELECT ${inner} FROM ${view.from})`
    const params: Record<string, unknown> = { ...condition.params, ...this.lookUps(view, locale) }
    const shown = columnsOf(view).map(({ name }) => {
      const masked = gate.columnSql(name, { salt: maskSalt(), columns })
      // Two views in one statement may mask columns of one name differently.
      const own = (key: string): string => `g_${view.id}_${key}`
      let { sql } = masked
      for (const [key, value] of Object.entries(masked.params)) {
        sql = sql.replaceAll(`{${key}:`, `{${own(key)}:`)
        params[own(key)] = value
      }
      return `${sql} AS ${quoted(name)}`
    })
    return {
      name: `fact_${view.id}`,
      sql: `SELECT ${shown.join(', ')} FROM (SELECT * FROM (${base}) WHERE ${condition.sql}${condition.sql === '1' ? '' : barrier})`,
      params,
      rules: rulesOf(scope),
      masks: Object.fromEntries(
        columnsOf(view).flatMap(({ name }) => {
          const mask = gate.masks.get(name)
          return mask === undefined ? [] : [[name, mask.kind] as const]
        }),
      ),
    }
  }

  /** Names and places that come from the catalog. */
  private lookUps(view: FactView, locale: 'zh-CN' | 'en'): Record<string, unknown> {
    const { document } = this.catalog.snapshot
    if (view.id === 'order') {
      const centers = document.codeMappings.filter(({ domain }) => domain === 'work-center')
      return {
        work_centers: ['', ...centers.map(({ source, code }) => `${source}/${code}`)],
        work_units: ['', ...centers.map(({ target }) => target)],
      }
    }
    if (view.id !== 'stop') return {}
    const language = locale === 'zh-CN' ? 'zh' : 'en'
    return {
      reason_codes: ['', ...document.reasons.map(({ code }) => code)],
      reason_names: ['', ...document.reasons.map(({ name }) => name[language])],
    }
  }

  private narrowing(
    view: FactView,
    dataset: FactDataset,
    question: DatasetQuestion,
  ): { sql: string; params: Record<string, unknown> } {
    const parts: string[] = []
    const params: Record<string, unknown> = {}
    for (const [column, given] of Object.entries(dataset.where ?? {})) {
      const texts = textsOf(given, question.params)
      if (texts === null) continue
      const key = `n_${parts.length}`
      params[key] = texts
      const name = quoted(columnOf(view, column))
      const isPlace = ['unit', 'line', 'area', 'site'].includes(column) && hasUnit(view)
      // A place means everything below it.
      parts.push(
        isPlace && column === 'unit'
          ? `arrayExists(p -> (toString(${name}) = p OR startsWith(ifNull(toString(${name}), ''), concat(p, '/'))), {${key}:Array(String)})`
          : `has({${key}:Array(String)}, ifNull(toString(${name}), ''))`,
      )
    }
    const period = this.period(dataset, question)
    if (period !== null && view.time === null) throw withoutTime(view.id)
    if (period !== null && view.time !== null) {
      const time = quoted(view.time)
      parts.push(
        `${time} >= fromUnixTimestamp64Milli({n_from:Int64}) AND ${time} < fromUnixTimestamp64Milli({n_to:Int64})`,
      )
      params['n_from'] = period.fromAt
      params['n_to'] = period.toAt
    }
    return { sql: parts.length === 0 ? '1' : parts.join(' AND '), params }
  }

  /** Dates are those of the site whose clock the report keeps. */
  private period(dataset: FactDataset, question: DatasetQuestion) {
    const { sites } = this.catalog.snapshot.document
    const site = sites.find(({ timeZone }) => timeZone === question.timeZone) ?? sites[0]
    if (site === undefined) return null
    return periodOfBounds(dataset, { ...question, site: site as SiteDefinition })
  }
}

function gateOf(principal: Principal, view: FactView) {
  const { rights } = principal
  if (rights === undefined) throw new Fault('NO_ACCESS')
  return rights.gate(view.fact)
}

/** Rows that the store looked at; where some are hidden their number would tell of those. */
const scannedOf = ({ scanned }: { scanned: number }, views: readonly GatedView[]): number | null =>
  scanned < 0 || views.some(({ rules }) => rules.length > 0) ? null : scanned

const isoText = (column: string): string =>
  `if(isNull(${quoted(column)}), NULL, concat(replaceOne(toString(${quoted(column)}), ' ', 'T'), 'Z')) AS ${quoted(column)}`

function columnOf(view: FactView, column: string): string {
  const found = columnsOf(view).find(({ name }) => name === column)
  if (found !== undefined) return found.name
  const names = columnsOf(view).map(({ name }) => name)
  throw new DatasetRefused(
    { zh: `${view.id} 没有列“${column.slice(0, 60)}”`, en: `${view.id} has no column ${column.slice(0, 60)}` },
    { zh: `可用：${names.join('、')}`, en: `use one of ${names.join(', ')}` },
  )
}

const unknownFact = (fact: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `没有“${fact.slice(0, 40)}”这种记录`, en: `there are no rows of the kind ${fact.slice(0, 40)}` },
    {
      zh: `可用：${FACT_VIEWS.map(({ id }) => id).join('、')}`,
      en: `use one of ${FACT_VIEWS.map(({ id }) => id).join(', ')}`,
    },
  )
const withoutTime = (fact: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `${fact} 是当前状态，没有期间`, en: `${fact} is a present state and has no period` },
    { zh: '请去掉 from 和 to', en: 'leave out from and to' },
  )
