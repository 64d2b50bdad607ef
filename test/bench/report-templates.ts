import type { RenderInput } from '../../server/src/reports/render-report.ts'

/** Templates and rows of the report benches; the same rows come out for the same size every time. */
const REGIONS = 40
const MONTHS = 12

type Rows = Record<string, unknown>[]

export function salesRows(count: number): Rows {
  return Array.from({ length: count }, (_, i) => ({
    id: `SO-${String(i + 1).padStart(8, '0')}`,
    region: `区域${(i * 7919) % REGIONS}`,
    person: `销售员${(i * 104_729) % (REGIONS * 25)}`,
    month: ((i * 31) % MONTHS) + 1,
    qty: (i * 17) % 1000,
    amount: ((i * 97) % 100_000) / 100,
  }))
}

const list = (field: string): unknown => ({ field: `s.${field}`, as: 'list' })

const LIST = [
  { at: 'A1', value: { lit: '单号' }, band: 'headerRepeat' },
  { at: 'A2', value: list('id'), expand: 'down' },
  { at: 'B2', value: list('person') },
  { at: 'C2', value: list('qty') },
  { at: 'D2', value: list('amount'), format: '#,##0.00' },
  { at: 'E2', value: { expr: 'C2*D2' } },
  { at: 'E3', value: { expr: 'SUM(E2)' } },
]

const GROUPS = [
  { at: 'A1', span: [3, 1], value: { field: 's.region', as: 'group' }, expand: 'down' },
  { at: 'B1', span: [2, 1], value: { field: 's.person', as: 'group' }, expand: 'down' },
  { at: 'C1', value: list('id'), expand: 'down' },
  { at: 'D1', value: list('amount'), format: '#,##0.00' },
  { at: 'E1', value: { expr: 'ACCSUM(D1,A1)' } },
  { at: 'C2', value: { lit: '小计' } },
  { at: 'D2', value: { expr: 'SUM(D1)' } },
  { at: 'B3', value: { lit: '合计' } },
  { at: 'D3', value: { expr: 'SUM(D1)' } },
]

const CROSS_TAB = [
  { at: 'B1', value: { field: 's.month', as: 'group', order: { by: 'self' } }, expand: 'right' },
  { at: 'C1', value: { lit: '合计' } },
  { at: 'A2', value: { field: 's.person', as: 'group' }, expand: 'down' },
  { at: 'B2', value: { field: 's.amount', as: 'sum' } },
  { at: 'C2', value: { expr: 'SUM(B2)' } },
  { at: 'B3', value: { expr: 'SUM(B2)' } },
]

export const SHAPES = { list: LIST, groups: GROUPS, 'cross-tab': CROSS_TAB } as const
export type Shape = keyof typeof SHAPES

export function renderInput(shape: Shape, rows: Rows): RenderInput {
  const template = JSON.stringify({ formatVersion: 1, name: shape, cells: SHAPES[shape] })
  return {
    template,
    rows: new Map([['s', { rows }]]),
    limits: { outputCells: 60_000_000, instances: 40_000_000, steps: 5_000_000_000 },
  }
}
