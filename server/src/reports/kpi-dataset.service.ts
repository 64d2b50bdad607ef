import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { KpiAnswer, KpiFigure, KpiGrouping } from '@gemba/contracts/kpi'
import type { KpiDatasetOptions } from '@gemba/contracts/template'
import type { TimeRange } from '@gemba/contracts/time'
import type { Quality } from '@gemba/contracts/value'
import { CatalogService } from '../catalog/catalog.service.ts'
import { equipmentScope, factScope, requirePlace } from '../datasets/data-gate.ts'
import { FigureFamilies } from '../kpi/figure-families.service.ts'
import {
  mostRows,
  DatasetRefused,
  NO_MARK,
  cutNote,
  rulesOf,
  type DatasetMark,
  type DatasetQuestion,
  type LineSink,
} from './dataset-reading.ts'
import { periodOfBounds, textsOf } from './dataset-parameters.ts'

const MOST_PLACES = 500
/** Questions asked at once: reports leave room for the boards. */
const AT_ONCE = 3
const FILTERS = ['material', 'supplier', 'customer', 'characteristic', 'order', 'lot', 'source'] as const
const WORST: readonly Quality[] = ['good', 'uncertain', 'bad', 'none']

export interface KpiDataset {
  figure: string
  options?: KpiDatasetOptions | undefined
}

interface Place {
  path: string
  range: TimeRange
}

/** Figures of the dictionary as rows, asked under the rights of the caller. */
@Injectable()
export class KpiDatasets {
  constructor(
    private readonly catalog: CatalogService,
    private readonly figures: FigureFamilies,
  ) {}

  async read(name: string, dataset: KpiDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const options: KpiDatasetOptions = { groupBy: 'none', ...dataset.options }
    const mark: DatasetMark = { ...NO_MARK, rules: [], masked: [], notes: [], types: TYPES }
    const { places, isNarrowed } = this.placesOf(options, question)
    let written = 0
    const most = mostRows(question)
    const metrics = [dataset.figure, ...(options.also ?? [])]
    for (let at = 0; at < places.length; at += AT_ONCE) {
      question.signal.throwIfAborted()
      const some = places.slice(at, at + AT_ONCE)
      const answers = await Promise.all(
        some.map((place) => Promise.all(metrics.map((metric) => this.answer(metric, { place, options, question })))),
      )
      for (const [first, ...also] of answers) {
        const rows = this.rowsOf(first as KpiAnswer, also, question)
        for (const row of rows.slice(0, most - written)) await sink(JSON.stringify(row))
        written += Math.min(rows.length, most - written)
        if (written >= most) mark.notes = [cutNote(name, written, null)]
        for (const answer of [first as KpiAnswer, ...also]) merge(mark, answer)
      }
    }
    if (isNarrowed) mark.rules = [...new Set([...mark.rules, ...rulesOf(factScope(question.principal, 'equipment'))])]
    return {
      ...mark,
      types: { ...TYPES, ...Object.fromEntries(metrics.slice(1).map((id) => [`value_${id}`, 'decimal'])) },
    }
  }

  private answer(
    metric: string,
    { place, options, question }: { place: Place; options: KpiDatasetOptions; question: DatasetQuestion },
  ): Promise<KpiAnswer> {
    const { principal, nowAt, knownAt } = question
    requirePlace(principal, place.path)
    const asked = {
      equipment: place.path,
      period: place.range,
      filters: filtersOf(options, question),
      ...(knownAt === undefined ? {} : { other: { knownAt } }),
    }
    const shared = question.shared?.of({ asked, nowAt })
    const { groupBy } = options
    const whole = { ...asked, groupBy, explain: false, principal, ...(shared ? { shared } : {}) }
    return this.figures.answer(metric, whole, nowAt)
  }

  /** Places the caller sees; of a place that is seen in part only the visible ones below it, and it says so. */
  private placesOf(options: KpiDatasetOptions, question: DatasetQuestion): { places: Place[]; isNarrowed: boolean } {
    const scope = equipmentScope(question.principal)
    const { document } = this.catalog.snapshot
    const named = textsOf(options.equipment, question.params) ?? this.sitesSeen(question)
    if (named.length === 0) throw nothingVisible()
    const paths: string[] = []
    let isNarrowed = textsOf(options.equipment, question.params) === null && named.length < document.sites.length
    for (const path of named) {
      if (options.each === undefined || this.catalog.snapshot.equipment(path)?.level === options.each) {
        requirePlace(question.principal, path)
        paths.push(path)
        continue
      }
      if (!scope.touches(path)) requirePlace(question.principal, path)
      const below = document.equipment.filter((each) => each.level === options.each && isBelow(each.path, path))
      const seen = below.filter((each) => scope.allows(each.path)).sort((a, b) => a.sortOrder - b.sortOrder)
      isNarrowed ||= seen.length < below.length
      paths.push(...seen.map((each) => each.path))
    }
    if (paths.length > MOST_PLACES) throw tooManyPlaces(paths.length)
    return { places: paths.map((path) => ({ path, range: this.rangeOf(path, options, question) })), isNarrowed }
  }

  private sitesSeen({ principal }: DatasetQuestion): string[] {
    const scope = equipmentScope(principal)
    return this.catalog.snapshot.document.sites.map(({ id }) => id).filter((id) => scope.touches(id))
  }

  private rangeOf(path: string, options: KpiDatasetOptions, question: DatasetQuestion): TimeRange {
    const site = this.catalog.snapshot.siteOf(path) as SiteDefinition
    const range = periodOfBounds(options, { ...question, site })
    if (range !== null)
      return { fromAt: range.fromAt, toAt: Math.max(range.fromAt + 1, Math.min(range.toAt, question.nowAt)) }
    return periodOfBounds({ from: 'current-shift' }, { ...question, site }) as TimeRange
  }

  private rowsOf(answer: KpiAnswer, also: KpiAnswer[], { locale }: DatasetQuestion): Record<string, unknown>[] {
    const figures = answer.groupBy === 'none' ? [answer.total] : answer.groups
    const place =
      this.catalog.snapshot.equipment(answer.equipment)?.name ?? this.catalog.snapshot.site(answer.equipment)?.name
    const others = also.map((other) => {
      const all = other.groupBy === 'none' ? [other.total] : other.groups
      return { metric: other.metric, byKey: new Map(all.map((figure) => [figure.key, figure.value])) }
    })
    const language = locale === 'zh-CN' ? 'zh' : 'en'
    return figures.map((figure) => ({
      equipment: answer.equipment,
      equipmentName: place?.[language] ?? answer.equipment,
      // No part takes the place of the figure itself.
      ...figure.parts,
      ...groupColumns(figure, answer.groupBy, language),
      ...valueColumns(figure, answer),
      ...Object.fromEntries(others.map(({ metric, byKey }) => [`value_${metric}`, byKey.get(figure.key) ?? null])),
    }))
  }
}

const isBelow = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`)

function filtersOf(
  options: KpiDatasetOptions,
  { params }: DatasetQuestion,
): Partial<Record<(typeof FILTERS)[number], string>> {
  return Object.fromEntries(
    Object.entries(options.filters ?? {}).flatMap(([name, given]) => {
      if (!(FILTERS as readonly string[]).includes(name)) throw unknownFilter(name)
      const value = textsOf(given, params)?.[0]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function groupColumns(figure: KpiFigure, groupBy: KpiGrouping, language: 'zh' | 'en'): Record<string, unknown> {
  const names = { key: figure.key, name: figure.label[language], nameZh: figure.label.zh, nameEn: figure.label.en }
  if (groupBy === 'unit') return { ...names, unitName: figure.label[language] }
  if (groupBy !== 'shift' && groupBy !== 'day') return names
  const [date = '', ...shift] = figure.label[language].split(' ')
  return { ...names, date, shift: shift.join(' ') }
}

const valueColumns = (figure: KpiFigure, answer: KpiAnswer): Record<string, unknown> => ({
  from: figure.fromAt,
  to: figure.toAt,
  value: figure.value,
  missing: figure.missing ?? null,
  unit: figure.unit ?? answer.unit,
  numerator: figure.ratio.numerator,
  numeratorUnit: figure.ratio.numeratorUnit,
  denominator: figure.ratio.denominator,
  denominatorUnit: figure.ratio.denominatorUnit,
  target: null,
  coverage: figure.coverage,
  quality: qualityOf(answer),
  sourceTime: answer.sourceTime,
  receivedTime: answer.receivedTime,
  metric: answer.metric,
  version: answer.version,
})

const TYPES: DatasetMark['types'] = {
  from: 'instant',
  to: 'instant',
  value: 'decimal',
  numerator: 'decimal',
  denominator: 'decimal',
  target: 'decimal',
  coverage: 'decimal',
  sourceTime: 'instant',
  receivedTime: 'instant',
  date: 'date',
}

/**
 * What cannot exist is not missing: neither the Cpk of a chart of counts, nor that of all charts together. Then the
 * figures of the groups say whether anything is.
 */
export function qualityOf({
  quality,
  total,
  groups,
}: Pick<KpiAnswer, 'quality' | 'total' | 'groups'>): DatasetMark['quality'] {
  if (total.missing !== 'not-applicable') return quality
  const isMissing = groups.some(({ missing }) => missing !== undefined && missing !== 'not-applicable')
  return isMissing ? quality : 'good'
}

/** A dataset is as old as its oldest row, as good as its worst, as complete as its least known. */
function merge(mark: DatasetMark, answer: KpiAnswer): void {
  if (answer.sourceTime !== null && (mark.sourceTime === null || answer.sourceTime < mark.sourceTime))
    mark.sourceTime = answer.sourceTime
  const quality = qualityOf(answer)
  if (WORST.indexOf(quality) > WORST.indexOf(mark.quality)) mark.quality = quality
  const { coverage } = answer.total
  if (coverage !== null) mark.coverage = Math.min(mark.coverage ?? 1, coverage)
  mark.rules = [...new Set([...mark.rules, ...(answer.limitedBy ?? [])])]
  if (answer.knownAt?.complete !== false || mark.notes.some(({ key }) => key === 'known-incomplete')) return
  mark.notes = [
    ...mark.notes,
    {
      key: 'known-incomplete',
      text: { zh: '当时尚未知道整个期间的数据', en: 'not the whole period was known at that time' },
    },
  ]
}

const nothingVisible = (): DatasetRefused =>
  new DatasetRefused(
    { zh: '没有你能看到的厂区', en: 'there is no site that you see' },
    { zh: '请向管理员申请权限', en: 'ask an administrator for the right' },
  )
const tooManyPlaces = (count: number): DatasetRefused =>
  new DatasetRefused(
    { zh: `${count} 个位置，最多 ${MOST_PLACES} 个`, en: `${count} places are more than ${MOST_PLACES}` },
    { zh: '请缩小范围', en: 'choose fewer' },
  )
const unknownFilter = (name: string): DatasetRefused =>
  new DatasetRefused(
    { zh: `不能按 ${name} 筛选`, en: `figures cannot be narrowed by ${name}` },
    { zh: `可用：${FILTERS.join('、')}`, en: `use one of ${FILTERS.join(', ')}` },
  )
