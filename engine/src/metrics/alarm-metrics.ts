import { family, STREAM } from './metric-family.ts'

/** Alarms of machines. */
export const alarmMetrics = family(
  {
    unit: 'count',
    owner: 'maintenance',
    grain: ['work-unit', 'line', 'area', 'site'],
    systemOfRecord: ['machine'],
    freshness: STREAM,
    direction: 'lower',
    rollup: 'sum',
    source: 'ISA-18.2; EEMUA 191',
  },
  [
    {
      id: 'alarm-count',
      zh: ['报警次数', '时段内新出现的报警；同一次报警只算一次。'],
      en: ['Alarms', 'Alarms that came up in the period; one activation counts once.'],
      formula: 'activations raised in the period',
      by: 'kpi/alarms#alarmFigures.count',
    },
    {
      id: 'alarm-rate',
      zh: ['报警频率', '平均每小时新出现的报警次数。'],
      en: ['Alarm rate', 'Alarms that came up per hour of the period.'],
      formula: 'activations / hours',
      by: 'kpi/alarms#alarmFigures.perHour',
      unit: '1/h',
      rollup: 'ratio-of-sums',
    },
    {
      id: 'standing-alarms',
      zh: ['未解除报警', '时段结束时仍未解除的报警，不论何时出现。'],
      en: ['Standing alarms', 'Alarms still up at the end of the period, whenever they came up.'],
      formula: 'raised and not cleared at the end',
      by: 'kpi/alarms#alarmFigures.standing',
    },
    {
      id: 'mean-time-to-acknowledge',
      zh: ['平均确认时间', '报警从出现到有人确认的平均时间；未确认的不计入，另行列出。'],
      en: [
        'Mean time to acknowledge',
        'Mean time from an alarm until somebody acknowledged it; the unacknowledged are left out and told.',
      ],
      formula: 'mean(acknowledged − raised)',
      by: 'kpi/alarms#alarmFigures.acknowledgeMs',
      unit: 'ms',
      rollup: 'ratio-of-sums',
    },
    {
      id: 'top-alarms',
      zh: ['报警排行', '按次数排序的报警，以及最常出现的几种所占的部分。'],
      en: ['Top alarms', 'Alarms by how often they came up, and the share of the vital few.'],
      formula: 'activations by code, descending; cumulative share ≤ 0.8',
      by: 'kpi/pareto#pareto.vitalFew',
      unit: 'ratio',
      direction: 'none',
      rollup: 'recompute',
      source: 'EEMUA 191; Juran',
    },
  ],
)
