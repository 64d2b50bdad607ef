import { equipmentPath } from '@gemba/contracts/catalog'
import { type TraceDirection, lotName, traceDirection, traceRequest } from '@gemba/contracts/trace'
import { z } from 'zod'
import { Fault } from '../http/fault.ts'
import { LONGEST_PERIOD_DAYS } from '../http/request-cost.ts'
import type { TraceOrder } from './trace.service.ts'

const instant = z.union([
  z.iso.datetime({ offset: true }).transform((value) => Date.parse(value)),
  z
    .string()
    .regex(/^\d{12,13}$/)
    .transform(Number),
])
const DEFAULT_LOTS = 10_000
const MOST_LOTS = 100_000
const EDGES_PER_LOT = 5
const DAY_MS = 86_400_000

const limits = z.coerce.number().int().min(1).max(MOST_LOTS).default(DEFAULT_LOTS)
const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1')

/** Lots as a list with commas; a lot whose name holds a comma is asked for alone with `lot`. */
const lots = z.string().max(20_000).optional()
const walk = z.object({
  lots,
  lot: lotName.optional(),
  depth: z.coerce.number().int().min(0).max(64).optional(),
  inTime: flag,
  from: instant.optional(),
  to: instant.optional(),
  limit: limits,
})

export const traceQuery = walk.extend({ direction: traceDirection.default('where-used') })
export const recallQuery = walk
export const balanceQuery = z.object({ lot: lotName, tolerance: z.coerce.number().min(0).max(1).optional() })
export const completenessQuery = z.object({ equipment: equipmentPath, from: instant, to: instant, limit: limits })
export const narrowingQuery = z.object({ lot: lotName, component: z.string().min(1).max(100) })

export const limitsOf = (limit: number) => ({ lots: limit, edges: limit * EDGES_PER_LOT })

/** The question of a query; a missing lot or half a window is refused by name. */
export function orderOf(query: z.infer<typeof walk>, direction: TraceDirection): TraceOrder {
  const { depth, inTime, from, to } = query
  const window = from === undefined || to === undefined ? undefined : { fromAt: from, toAt: to }
  if ((from === undefined) !== (to === undefined) || (window && window.fromAt >= window.toAt))
    throw new Fault(
      'RANGE_INVALID',
      {},
      { zh: 'from 和 to 须同时给出，且 from 早于 to', en: 'give both from and to, from before to' },
    )
  const names = query.lot === undefined ? (query.lots ?? '').split(',') : [query.lot]
  const asked = names.map((name) => name.trim()).filter((name) => name !== '')
  const request = traceRequest.safeParse({
    lots: [...new Set(asked)],
    direction,
    inTime,
    ...(depth === undefined ? {} : { depth }),
    ...(window === undefined ? {} : { window }),
  })
  if (!request.success)
    throw new Fault(
      'INPUT_INVALID',
      {},
      { zh: 'lots：至少一个批号，最多一千个', en: 'lots: name at least one lot, at most a thousand' },
    )
  return { request: request.data, limits: limitsOf(query.limit) }
}

export function rangeOf(query: { from: number; to: number }): { fromAt: number; toAt: number } {
  if (query.from >= query.to)
    throw new Fault('RANGE_INVALID', {}, { zh: 'from 必须早于 to', en: 'from must be before to' })
  if (query.to - query.from > LONGEST_PERIOD_DAYS * DAY_MS)
    throw new Fault(
      'RANGE_INVALID',
      {},
      {
        zh: `时间范围不能超过 ${LONGEST_PERIOD_DAYS} 天`,
        en: `the range must not exceed ${LONGEST_PERIOD_DAYS} days`,
      },
    )
  return { fromAt: query.from, toAt: query.to }
}
