import { Injectable } from '@nestjs/common'
import type { BalanceDataset, TraceDataset } from '@gemba/contracts/template'
import type { MassBalanceAnswer } from '@gemba/contracts/trace'
import { factScope } from '../datasets/data-gate.ts'
import { Fault } from '../http/fault.ts'
import { BalanceService } from '../trace/balance.service.ts'
import { TraceRowsService } from '../trace/trace-rows.service.ts'
import { textsOf } from './dataset-parameters.ts'
import { mostRows, NO_MARK, cutNote, type DatasetMark, type DatasetQuestion, type LineSink } from './dataset-reading.ts'

/** A report on paper: a trace that reaches more is for the trace itself. */
const LIMITS = { lots: 20_000, edges: 100_000 }

/** Traces and mass balances as rows, walked under the rights of the caller. */
@Injectable()
export class TraceDatasets {
  constructor(
    private readonly traces: TraceRowsService,
    private readonly balances: BalanceService,
  ) {}

  async read(name: string, dataset: TraceDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const lots = textsOf(dataset.lot, question.params)
    if (lots === null) return NO_MARK
    const { direction, depth } = dataset
    const request = { lots, direction, inTime: false, ...(depth === undefined ? {} : { depth }) }
    const found = await known(this.traces.list({ request, limits: LIMITS }, question.principal))
    if (found === null) return NO_MARK
    const rows = found.rows.slice(0, mostRows(question))
    for (const { at, ...row } of rows)
      await sink(JSON.stringify({ ...row, at: at === null ? null : new Date(at).toISOString() }))
    return {
      ...NO_MARK,
      total: found.truncated === null ? found.rows.length : null,
      rules: found.limitedBy ?? [],
      ...maskedCustomers(question),
      notes: found.truncated === null ? [] : [cutNote(name, rows.length, null)],
      types: { level: 'integer', quantity: 'decimal', at: 'instant' },
    }
  }

  async readBalance(dataset: BalanceDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const lot = textsOf(dataset.lot, question.params)?.[0]
    if (lot === undefined) return NO_MARK
    const balance = await known(this.balances.balance(lot, undefined, question.principal))
    if (balance === null) return NO_MARK
    for (const [kind, quantity] of dispositionsOf(balance))
      await sink(JSON.stringify({ kind, quantity, unit: balance.unit }))
    return { ...NO_MARK, rules: limitsOf(question), types: { quantity: 'decimal' } }
  }
}

/** A lot that is not there has no rows, as with any dataset; so has one that the reader may not see. */
async function known<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Fault && error.code === 'LOT_UNKNOWN') return null
    throw error
  }
}

/** First what was made, then all that became of it; together they leave what is not accounted for. */
function dispositionsOf(balance: MassBalanceAnswer): [kind: string, quantity: number][] {
  const { produced, opening, consumed, shipped, onHand, wip, samples, scrap, reworkOut } = balance
  return [
    ['made', produced + opening],
    ['used', consumed],
    ['shipped', shipped],
    ['stock', onHand],
    ['process', wip],
    ['samples', samples],
    ['scrapped', scrap],
    ['rework', reworkOut],
  ]
}

function limitsOf({ principal }: DatasetQuestion): string[] {
  const [lots, places] = [factScope(principal, 'lot'), factScope(principal, 'equipment')]
  if (lots.isWhole && places.isWhole) return []
  const rules = [...new Set([...lots.rules, ...places.rules])]
  return rules.length > 0 ? rules : ['scope']
}

function maskedCustomers({ principal }: DatasetQuestion): Pick<DatasetMark, 'masked' | 'masks'> {
  const mask = principal.rights?.gate('shipment').masks.get('customer')
  return mask === undefined ? { masked: [], masks: {} } : { masked: ['customer'], masks: { customer: mask.kind } }
}
