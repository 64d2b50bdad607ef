import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Injectable } from '@nestjs/common'
import type { RunNote } from '@gemba/contracts/report'
import type { Restatement } from '@gemba/contracts/restatement'
import type { TimeRange } from '@gemba/contracts/time'
import { CatalogService } from '../catalog/catalog.service.ts'
import { FigureFamilies } from '../kpi/figure-families.service.ts'
import type { DatasetQuestion } from './dataset-reading.ts'
import { restatedText } from './restated-words.ts'

/** Figures that are made of records take statements of their own for each place. */
const MOST_PLACES = 4

interface Asked {
  metric: string
  equipment: string
  period: TimeRange
}
interface Found extends Restatement {
  metric: string
  unitOfMetric: string
}

/** Tells on a report which of its figures were others when they were first published. */
@Injectable()
export class RestatedNotes {
  constructor(
    private readonly catalog: CatalogService,
    private readonly figures: FigureFamilies,
  ) {}

  /** The note of a dataset of figures whose rows lie in a file; none where nothing was restated. */
  async of(name: string, file: string, question: DatasetQuestion): Promise<RunNote[]> {
    if (question.knownAt !== undefined) return []
    const places = await this.placesOf(file)
    const found: Found[] = []
    const asked = this.figures.isOfWindows(places[0]?.metric ?? '')
      ? [...Map.groupBy(places, ({ equipment }) => equipment.split('/')[0]).values()].map(together)
      : places.slice(0, MOST_PLACES)
    for (const { metric, equipment, period } of asked) {
      question.signal.throwIfAborted()
      // As a dataset of restated figures asks: what both need is read once.
      const shared = question.shared?.of({ restated: { equipment, period, knownAt: question.nowAt } })
      const place = { equipment, period, principal: question.principal, ...(shared ? { shared } : {}) }
      const answer = await this.figures.restatements(metric, place, question.nowAt)
      // Asked for together, those of other places are among them.
      const own = answer.restatements.filter(({ unit }) => places.some((each) => isAt(unit, each.equipment)))
      found.push(...own.map((each) => ({ ...each, metric, unitOfMetric: answer.unit })))
    }
    const last = found.toSorted((a, b) => (a.restatedAt < b.restatedAt ? 1 : -1))[0]
    if (last === undefined) return []
    const { metric, unitOfMetric: unit } = last
    const place = this.catalog.snapshot.nameOf(last.unit)
    const figure = { metric, unit, count: found.length, more: false, last, place }
    return [{ key: 'restated', dataset: name, text: restatedText(figure, question) }]
  }

  /** The places of a dataset with the whole stretch it shows of each. */
  private async placesOf(file: string): Promise<Asked[]> {
    const places = new Map<string, Asked>()
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      if (line === '') continue
      const { equipment = '', metric = '', from = '', to = '' } = JSON.parse(line) as Record<string, string>
      const own = { metric, equipment, period: { fromAt: Date.parse(from), toAt: Date.parse(to) } }
      const known = places.get(equipment)
      places.set(equipment, known === undefined ? own : { ...own, period: spanOf([known.period, own.period]) })
    }
    return [...places.values()]
  }
}

const isAt = (unit: string, place: string): boolean => unit === place || unit.startsWith(`${place}/`)

const spanOf = (ranges: readonly TimeRange[]): TimeRange => ({
  fromAt: Math.min(...ranges.map(({ fromAt }) => fromAt)),
  toAt: Math.max(...ranges.map(({ toAt }) => toAt)),
})

/** Places of one site, under the nearest one above them all. */
function together(places: readonly Asked[]): Asked {
  const [first] = places
  if (!first) throw new Error('a dataset without a place')
  const shared = places.reduce((above, { equipment }) => {
    const parts = equipment.split('/')
    const same = above.findIndex((part, index) => part !== parts[index])
    return same < 0 ? above : above.slice(0, same)
  }, first.equipment.split('/'))
  return { metric: first.metric, equipment: shared.join('/'), period: spanOf(places.map(({ period }) => period)) }
}
