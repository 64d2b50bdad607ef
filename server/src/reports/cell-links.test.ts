import { Moment } from '@gemba/engine/formula/moment'
import { FormulaError, valueOf } from '@gemba/engine/formula/values'
import { describe, expect, it } from 'vitest'
import { linkAddress } from './cell-links.ts'

const day = (text: string) => new Moment('date', Date.parse(`${text}T00:00:00Z`))
const screen = { site: '' }
const paramsIn = (address: string | null) =>
  JSON.parse(new URL(address ?? '', 'http://gemba.example').searchParams.get('p') ?? 'null') as unknown

describe('the link of a cell', () => {
  it('leads to another report with its parameters bound as values', () => {
    const address = linkAddress(
      { to: 'report', target: 'downtime-pareto' },
      [
        ['equipment', 'SUZ/MOLD/IM/IM01 & <b>'],
        ['period', [day('2026-11-01'), day('2026-11-20')]],
        ['least', valueOf(2.5)],
        ['teams', ['A', 'B']],
        ['planned', true],
      ],
      screen,
    )
    expect(address).toMatch(/^\/reports\/downtime-pareto\?p=/)
    expect(address).not.toMatch(/[<>"]/)
    expect(paramsIn(address)).toEqual({
      equipment: 'SUZ/MOLD/IM/IM01 & <b>',
      period: { from: '2026-11-01', to: '2026-11-20' },
      least: 2.5,
      teams: ['A', 'B'],
      planned: true,
    })
  })

  it('is none where a parameter could not be computed, for its default would show something else', () => {
    expect(linkAddress({ to: 'report', target: 'r' }, [['unit', new FormulaError('#DIV/0!')]], screen)).toBeNull()
  })

  it('leads from a file to the product where its public address is known, else nowhere', () => {
    const link = { to: 'report', target: 'downtime-pareto' } as const
    const site = 'https://gemba.example/plant'
    expect(linkAddress(link, [['unit', 'IM01']], { site })).toBe(
      'https://gemba.example/plant/reports/downtime-pareto?p=%7B%22unit%22%3A%22IM01%22%7D',
    )
    expect(linkAddress(link, [], { site: null })).toBeNull()
  })

  it('to a report is never an address of another kind', () => {
    for (const target of ['../sources', 'javascript:alert(1)', '//evil.example', 'a?p=1'])
      expect(linkAddress({ to: 'report', target }, [], screen)).toBeNull()
    expect(linkAddress({ to: 'url', target: 'javascript:alert(1)' }, [], screen)).toBeNull()
  })

  it('to an address outside takes parameters as its query', () => {
    expect(linkAddress({ to: 'url', target: 'https://mes.example/o?x=1' }, [['no', 'A 1']], screen)).toBe(
      'https://mes.example/o?x=1&no=A+1',
    )
  })

  it('opens beside the report where it asks for the panel; a file leads to the report itself', () => {
    const [dialog, beside] = [
      { to: 'dialog', target: 'r' },
      { to: 'report', target: 'r', window: 'dialog' },
    ] as const
    expect([dialog, beside].map((link) => linkAddress(link, [], screen))).toEqual(
      Array(2).fill('/reports/r?p=%7B%7D&in=panel'),
    )
    expect(linkAddress(dialog, [], { site: 'https://gemba.example' })).toBe('https://gemba.example/reports/r?p=%7B%7D')
  })
})
