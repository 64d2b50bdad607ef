import { Injectable } from '@nestjs/common'
import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { RestatedDataset } from '@gemba/contracts/template'
import type { TimeRange } from '@gemba/contracts/time'
import { changeText } from '@gemba/engine/format/figure-text'
import { CatalogService } from '../catalog/catalog.service.ts'
import { FigureFamilies } from '../kpi/figure-families.service.ts'
import { periodOfBounds, textsOf } from './dataset-parameters.ts'
import { NO_MARK, type DatasetMark, type DatasetQuestion, type LineSink } from './dataset-reading.ts'
import { type RestatedFigure, metricName, restatedText } from './restated-words.ts'

/** Usually there are no rows: then nothing else tells the columns. */
const UNMARKED: DatasetMark = {
  ...NO_MARK,
  types: {
    ...{ metric: 'text', name: 'text', count: 'integer', equipment: 'text', equipmentName: 'text' },
    ...{ from: 'instant', to: 'instant', change: 'text', restatedAt: 'instant', text: 'text' },
  },
}

/** Figures of a place and period whose published values have changed, as they were known when the run looks back. */
@Injectable()
export class RestatedDatasets {
  constructor(
    private readonly catalog: CatalogService,
    private readonly figures: FigureFamilies,
  ) {}

  async read(dataset: RestatedDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const equipment = textsOf(dataset.equipment, question.params)?.[0]
    if (equipment === undefined) return UNMARKED
    for (const metric of dataset.figures) this.figures.requirePlace(metric, question.principal, equipment)
    const site = this.catalog.snapshot.siteOf(equipment) as SiteDefinition
    const period = periodOfBounds(dataset, { ...question, site })
    if (period === null) return UNMARKED
    for (const metric of dataset.figures) {
      question.signal.throwIfAborted()
      const found = await this.figureOf(metric, { equipment, period, question })
      if (found !== null) await sink(JSON.stringify(this.columnsOf(found, question)))
    }
    return UNMARKED
  }

  private async figureOf(
    metric: string,
    { equipment, period, question }: { equipment: string; period: TimeRange; question: DatasetQuestion },
  ): Promise<RestatedFigure | null> {
    const { principal, nowAt, knownAt = nowAt } = question
    const shared = question.shared?.of({ restated: { equipment, period, knownAt } })
    const place = { equipment, period, principal, ...(shared ? { shared } : {}) }
    const { restatements, unit, more } = await this.figures.restatements(metric, place, knownAt)
    const last = restatements.toSorted((a, b) => (a.restatedAt < b.restatedAt ? 1 : -1))[0]
    if (last === undefined) return null
    return { metric, unit, count: restatements.length, more, last, place: this.catalog.snapshot.nameOf(last.unit) }
  }

  private columnsOf(figure: RestatedFigure, question: DatasetQuestion): Record<string, unknown> {
    const language = question.locale === 'zh-CN' ? 'zh' : 'en'
    const { metric, unit, count, last, place } = figure
    return {
      metric,
      name: metricName(metric)[language],
      count,
      equipment: last.unit,
      equipmentName: place[language],
      from: last.fromAt,
      to: last.toAt,
      change: changeText(last, unit, question.locale),
      restatedAt: last.restatedAt,
      text: restatedText(figure, question)[language],
    }
  }
}
