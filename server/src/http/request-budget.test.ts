import { describe, expect, it } from 'vitest'
import { Fault } from './fault.ts'
import { RequestBudgets } from './request-budget.ts'
import { costOf } from './request-cost.ts'

const places = ['SUZ', 'SUZ/A', 'SUZ/A/1', 'SUZ/A/2', 'BRQ'].map((path) => ({ path }))
const DAY_MS = 86_400_000

describe('the cost of a request', () => {
  it('grows with the length of the period and the machines below the place', () => {
    const cost = (equipment: string, days: number) =>
      costOf({ base: 2, ranged: true }, { equipment, from: '0', to: String(days * DAY_MS) }, places)
    expect(cost('SUZ/A/1', 1)).toBe(3)
    expect(cost('SUZ/A/1', 400)).toBe(10)
    expect(cost('SUZ', 400)).toBe(34)
    expect(cost('BRQ', 400)).toBe(10)
  })

  it('is the least of a period that no figure is asked of: it is refused before any work', () => {
    const asked = { equipment: 'SUZ', from: '1026-11-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }
    expect(costOf({ base: 2, ranged: true }, asked, places)).toBe(2)
  })

  it('reads instants in either spelling, and grows with rows and explanations', () => {
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-02-20T00:00:00Z' }
    expect(costOf({ base: 2, ranged: true }, range, places)).toBe(3)
    expect(costOf({ base: 2, listed: true }, { limit: '100000' }, places)).toBe(202)
    expect(costOf({ base: 2 }, { explain: '1' }, places)).toBe(4)
  })

  it('is the least where the question cannot be read, or runs backwards', () => {
    for (const asked of [
      {},
      { from: 'x', to: 'y' },
      { from: '5', to: '1' },
      { from: ['1', '2'], to: { a: '1' } },
      { equipment: ['SUZ'], limit: '-5', from: '1e99', to: '9e999' },
    ])
      expect(costOf({ base: 2, ranged: true, listed: true }, asked, places)).toBe(2)
  })
})

describe('the budget of an account', () => {
  const refusal = (attempt: () => void): Fault | null => {
    try {
      attempt()
      return null
    } catch (error) {
      return error as Fault
    }
  }

  it('is not touched by visitors of a share link: they pay together from one of their own', () => {
    const budgets = new RequestBudgets({ costBurst: 100, costPerMinute: 60 })
    const visitor = (link: string) => ({
      user: 'a',
      means: 'share',
      sessionId: `share:visit of ${link}`,
      share: { link },
    })
    budgets.pay(visitor('one'), 50, 0)
    expect(refusal(() => budgets.pay(visitor('one'), 10, 0))).toMatchObject({ code: 'BUDGET_USED_UP' })
    expect(refusal(() => budgets.pay(visitor('two'), 50, 0))).toBeNull()
    expect(refusal(() => budgets.pay({ user: 'a' }, 100, 0))).toBeNull()
  })

  it('is used up by what it pays for and comes back in time', () => {
    const budgets = new RequestBudgets({ costBurst: 100, costPerMinute: 60 })
    budgets.pay({ user: 'a' }, 90, 0)
    const refused = refusal(() => budgets.pay({ user: 'a' }, 30, 0))
    expect(refused).toMatchObject({ code: 'BUDGET_USED_UP', facts: { retryAfterS: 20, cost: 30 } })
    expect(refused?.detail?.en).toContain('20 s')
    expect(refusal(() => budgets.pay({ user: 'b' }, 30, 0))).toBeNull()
    expect(refusal(() => budgets.pay({ user: 'a' }, 30, 20_000))).toBeNull()
    expect(budgets.gauge()).toEqual({ refused: 1, refusedAt: 0 })
  })

  it('lets through what costs more than all of it when nothing else was asked', () => {
    const budgets = new RequestBudgets({ costBurst: 100, costPerMinute: 60 })
    expect(refusal(() => budgets.pay({ user: 'a' }, 5_000, 0))).toBeNull()
    expect(refusal(() => budgets.pay({ user: 'a' }, 1, 0))).not.toBeNull()
  })

  it('is not used up by one token alone, and a refused request takes nothing', () => {
    const budgets = new RequestBudgets({ costBurst: 100, costPerMinute: 60 })
    const program = { user: 'a', means: 'token', sessionId: 'token:1' }
    budgets.pay(program, 50, 0)
    for (let round = 0; round < 10; round += 1) expect(refusal(() => budgets.pay(program, 10, 0))).not.toBeNull()
    expect(refusal(() => budgets.pay({ user: 'a', sessionId: 's' }, 50, 0))).toBeNull()
  })

  it('is that of who really looks, through whatever eyes', () => {
    const budgets = new RequestBudgets({ costBurst: 100, costPerMinute: 60 })
    budgets.pay({ user: 'manager', viewedBy: 'admin' }, 100, 0)
    expect(refusal(() => budgets.pay({ user: 'admin' }, 1, 0))).not.toBeNull()
    expect(refusal(() => budgets.pay({ user: 'manager' }, 1, 0))).toBeNull()
  })

  it('has no end where the installation sets none', () => {
    const budgets = new RequestBudgets({ costBurst: 0, costPerMinute: 1 })
    for (let round = 0; round < 100; round += 1) budgets.pay({ user: 'a' }, 1_000_000, 0)
    expect(budgets.gauge().refused).toBe(0)
  })
})
