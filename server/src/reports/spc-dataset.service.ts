import { Injectable } from '@nestjs/common'
import type { SpcPoint } from '@gemba/contracts/spc'
import type { SpcDataset } from '@gemba/contracts/template'
import { CatalogService } from '../catalog/catalog.service.ts'
import { SpcService } from '../kpi/quality-spc.service.ts'
import { periodOfBounds, textsOf } from './dataset-parameters.ts'
import { NO_MARK, cutNote, type DatasetMark, type DatasetQuestion, type LineSink } from './dataset-reading.ts'

const LAMBDA = 0.2

/** The points of a control chart as rows; limits are the frozen ones, never those of the points. */
@Injectable()
export class SpcDatasets {
  constructor(
    private readonly catalog: CatalogService,
    private readonly charts: SpcService,
  ) {}

  async read(name: string, dataset: SpcDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const characteristic = textsOf(dataset.characteristic, question.params)?.[0]
    if (characteristic === undefined) return NO_MARK
    const opened = await this.charts.opened(characteristic, question.principal)
    const site = this.catalog.snapshot.siteOf(opened.equipment)
    const range = site === null ? null : periodOfBounds(dataset, { ...question, site })
    if (range === null) return NO_MARK
    const chart = await opened.chart({ range, limit: dataset.limit, lambda: LAMBDA, explain: false })
    const head = {
      characteristic,
      nameZh: chart.name.zh,
      nameEn: chart.name.en,
      unit: chart.unit,
      ...chart.specification,
    }
    for (const point of chart.points) await sink(JSON.stringify({ ...head, ...columnsOf(point) }))
    return {
      ...NO_MARK,
      total: chart.subgroups,
      sourceTime: chart.sourceTime,
      rules: opened.limitedBy ?? [],
      notes: chart.truncated === null ? [] : [cutNote(name, chart.truncated.shown, chart.truncated.of)],
      types: TYPES,
    }
  }
}

const columnsOf = ({ subgroup, at, size, value, limits, spread, spreadLimits, rules, isSpreadBeyond }: SpcPoint) => ({
  subgroup,
  at,
  size,
  value,
  lcl: limits?.lcl ?? null,
  center: limits?.center ?? null,
  ucl: limits?.ucl ?? null,
  spread,
  spreadLcl: spreadLimits?.lcl ?? null,
  spreadCenter: spreadLimits?.center ?? null,
  spreadUcl: spreadLimits?.ucl ?? null,
  rules: [...rules, ...(isSpreadBeyond ? ['R'] : [])].join(' '),
})

const DECIMALS = ['size', 'value', 'lcl', 'center', 'ucl', 'spread', 'spreadLcl', 'spreadCenter', 'spreadUcl']
const TYPES: DatasetMark['types'] = {
  at: 'instant',
  ...Object.fromEntries([...DECIMALS, 'lsl', 'usl', 'target'].map((column) => [column, 'decimal'])),
}
