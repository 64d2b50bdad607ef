import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment } from '@gemba/engine/formula/moment'
import { isError } from '@gemba/engine/formula/values'
import { expect, it } from 'vitest'
import { salesReport, targetReport } from './demo-reports.ts'
import { renderReport } from './render-report.ts'

const UNIT = 'SUZ/MOLD/IM/IM01'
const NOW = localMoment(new Moment('instant', Date.UTC(2026, 0, 5, 4)), 'Asia/Shanghai')

it.each([
  [
    'OEE against yearly targets',
    targetReport,
    {
      oee: [{ equipment: UNIT, equipmentName: 'IM01', value: 0.75, missing: null }],
      targets: [{ unit: UNIT, year: 2026, oee_target: 0.8 }],
    },
    { equipment: 'SUZ' },
    [UNIT, 'IM01', '75.0%', '80.0%', '-5.0'],
  ],
  [
    'Open sales orders',
    salesReport,
    {
      o: [
        {
          order_line: '9/10',
          customer: 'C01',
          customer_name: 'One',
          material: 'PEN',
          quantity: 1_693,
          shipped: 3,
          open_quantity: 1_690,
          promised: '2026-01-09',
        },
      ],
    },
    {},
    ['9/10', 'C01', 'One', 'PEN', '1,693', '3', '1,690', '2026-01-09'],
  ],
])('the demo report %s shows its rows, and no error', (_name, template, rows, params, expected) => {
  const { result } = renderReport({
    template,
    rows: new Map(Object.entries(rows).map(([name, list]) => [name, { rows: list }])),
    params,
    locale: 'en',
    timeZone: 'Asia/Shanghai',
    now: NOW,
    notices: [],
  })
  const cells = [...result.rows()].flat()
  expect(cells.filter(({ value }) => isError(value)).map(({ cell }) => cell.address)).toEqual([])
  const last = Math.max(...cells.map(({ box }) => box.y0))
  expect(cells.filter(({ box }) => box.y0 === last).map(({ display }) => display.text)).toEqual(expected)
})
