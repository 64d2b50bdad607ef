import type { TileData } from '@gemba/contracts/board'
import type { StopPart } from '@gemba/contracts/kpi'
import type { CatalogSnapshot } from '../../catalog/catalog-snapshot.service.ts'
import type { NumberValues } from '../number-values.service.ts'
import type { OeeFacts } from '../oee-facts.ts'

const MOST_SHOWN = 5
const MICRO_STOPS = { zh: '小停 <2 分', en: 'Micro-stops <2 min' }
const MISSING = { zh: '未填原因', en: 'Reason missing' }
const PRODUCTION = { zh: '生产', en: 'Production' }

type Reason = TileData<'stop-reasons'>['reasons'][number]

/** Micro-stops are one bar, whatever their reasons; every other stop is a bar by its reason. */
function bars(stops: readonly StopPart[], catalog: CatalogSnapshot): Reason[] {
  const micro = stops.filter((stop) => stop.state === 'MICRO_STOP')
  const others = stops.filter((stop) => stop.state !== 'MICRO_STOP' && stop.ms > 0)
  const list = others.map((stop): Reason => {
    const reason = catalog.reason(stop.reason)
    return {
      reason: stop.reason,
      name: reason?.name ?? (stop.reason === null ? MISSING : { zh: stop.reason, en: stop.reason }),
      state: stop.state,
      ms: stop.ms,
      count: stop.count,
      owner: reason?.owner ?? null,
    }
  })
  const microMs = micro.reduce((sum, stop) => sum + stop.ms, 0)
  if (microMs > 0)
    list.push({
      reason: 'micro-stop',
      name: MICRO_STOPS,
      state: 'MICRO_STOP',
      ms: microMs,
      count: micro.reduce((sum, stop) => sum + stop.count, 0),
      owner: PRODUCTION,
    })
  return list.sort((a, b) => b.ms - a.ms)
}

export function stopReasons(facts: OeeFacts, values: NumberValues, catalog: CatalogSnapshot): TileData<'stop-reasons'> {
  const all = bars(facts.stops, catalog)
  const missing = all.filter((bar) => bar.reason === null)
  // A missing reason is always shown, also when it is not among the largest; it stands last.
  const named = all.filter((bar) => bar.reason !== null)
  const shown = named.slice(0, MOST_SHOWN - (missing.length > 0 ? 1 : 0))
  const rest = named.slice(shown.length)
  const sum = (list: readonly { ms: number; count: number }[]) => ({
    ms: list.reduce((total, each) => total + each.ms, 0),
    count: list.reduce((total, each) => total + each.count, 0),
  })
  const merged = missing[0] ? [{ ...missing[0], ...sum(missing) }] : []
  return {
    reasons: [...shown, ...merged],
    others: rest.length > 0 ? sum(rest) : null,
    total: values.of(sum(all).ms, {
      unit: 'ms',
      sources: facts.sources,
      dataAt: facts.dataAt,
      coverage: facts.figures.coverage,
    }),
  }
}
