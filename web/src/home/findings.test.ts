import type { HealthDetails } from '@gemba/contracts/api'
import type { OrderProgress, OrdersProgressAnswer } from '@gemba/contracts/kpi'
import { describe, expect, it } from 'vitest'
import { findingsOf } from './findings.ts'

const NOW = 1_763_000_000_000
const HOUR_MS = 3_600_000
const details = (reasons: Record<string, number> = {}): HealthDetails =>
  ({ stores: [], collectors: [], sources: [], quarantine: { byReason: reasons } }) as unknown as HealthDetails
const order = (name: string, more: Partial<OrderProgress>): OrderProgress =>
  ({ order: name, dueAt: NOW + HOUR_MS, slackMs: HOUR_MS, risk: 'on-track', ...more }) as OrderProgress
const answer = (...orders: OrderProgress[]): OrdersProgressAnswer =>
  ({ site: 'SUZ', orders }) as unknown as OrdersProgressAnswer

describe('what asks for a person', () => {
  it('names the orders that are expected late, the latest first, before a full quarantine', () => {
    const orders = answer(
      order('A', { risk: 'late', slackMs: -HOUR_MS }),
      order('B', {}),
      order('C', { risk: 'late', slackMs: -3 * HOUR_MS }),
    )
    expect(findingsOf(details({ nonfinite: 2 }), NOW, { orders })).toMatchObject([
      {
        kind: 'late-orders',
        id: 'SUZ',
        orders: [
          { order: 'C', lateMs: 3 * HOUR_MS },
          { order: 'A', lateMs: HOUR_MS },
        ],
      },
      { kind: 'quarantine' },
    ])
  })

  it('tells of an overdue order without a forecast how long it is overdue', () => {
    const overdue = order('A', { risk: 'late', slackMs: null, dueAt: NOW - 2 * HOUR_MS })
    expect(findingsOf(details(), NOW, { orders: answer(overdue) })).toMatchObject([
      { orders: [{ lateMs: 2 * HOUR_MS }] },
    ])
  })

  it('says nothing of orders that are not late, or not known yet', () => {
    expect(findingsOf(details(), NOW, { orders: answer(order('A', {}), order('B', { risk: 'at-risk' })) })).toEqual([])
    expect(findingsOf(details(), NOW)).toEqual([])
  })

  it('names the changes that wait for the reader, since when, and nothing when none does', () => {
    const changes = { count: 2, oldestSubmittedAt: new Date(NOW - HOUR_MS).toISOString() }
    expect(findingsOf(details(), NOW, { changes })).toMatchObject([
      { kind: 'changes', count: 2, sinceAt: NOW - HOUR_MS },
    ])
    expect(findingsOf(details(), NOW, { changes: { count: 0, oldestSubmittedAt: null } })).toEqual([])
  })
})
