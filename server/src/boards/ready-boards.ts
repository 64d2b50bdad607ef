import type { BoardDocument } from '@gemba/contracts/board'

const stage = { width: 1920, height: 1080 }

/** Boards that every installation has; the default scope is filled in from the catalog. */
export function readyBoards(scopes: { site: string; unit: string }): BoardDocument[] {
  return [
    {
      formatVersion: 1,
      id: 'order-progress',
      code: 'B-A01',
      version: '1.0',
      name: { zh: '订单进度', en: 'Order progress' },
      question: {
        zh: '哪些订单会延误、延误多久、卡在哪里',
        en: 'Which orders will be late, by how much, and where are they stuck',
      },
      stage,
      scope: { equipment: scopes.site },
      tiles: [
        { id: 'on-time', kind: 'key-figure', box: [0, 0, 3, 2], figure: 'on-time-delivery' },
        { id: 'late', kind: 'key-figure', box: [3, 0, 3, 2], figure: 'late-orders' },
        { id: 'due-today', kind: 'key-figure', box: [6, 0, 3, 2], figure: 'due-today' },
        { id: 'kitting', kind: 'key-figure', box: [9, 0, 3, 2], figure: 'kitting' },
        { id: 'orders', kind: 'order-list', box: [0, 2, 9, 6] },
        { id: 'bottlenecks', kind: 'bottlenecks', box: [9, 2, 3, 3] },
        { id: 'delivery', kind: 'delivery-curve', box: [9, 5, 3, 3] },
      ],
    },
    {
      formatVersion: 1,
      id: 'oee',
      code: 'B-C01',
      version: '1.0',
      name: { zh: '设备综合效率 OEE', en: 'OEE board' },
      question: {
        zh: '本班损失了多少有效时间、损失在哪里、能否追回',
        en: 'How much good time did we lose, to what, and are we catching up this shift',
      },
      stage,
      scope: { equipment: scopes.unit },
      tiles: [
        { id: 'oee', kind: 'oee-hero', box: [0, 0, 3, 3] },
        { id: 'losses', kind: 'loss-waterfall', box: [3, 0, 9, 3] },
        { id: 'hourly', kind: 'hourly-output', box: [0, 3, 8, 3] },
        { id: 'stops', kind: 'stop-reasons', box: [8, 3, 4, 3] },
        { id: 'timeline', kind: 'state-timeline', box: [0, 6, 12, 2] },
      ],
    },
  ]
}
