/** The words of policies in both languages: one truth for screens, changes under review and the audit of them. */
import type { Bilingual } from '@gemba/contracts/catalog'
import { type PolicyName, policySettings } from '@gemba/contracts/metric'
import type { PolicyValue } from '@gemba/contracts/policy'
import { fixedDigits, formatPercent, numberText } from '../format/numbers.ts'

export const POLICY_NAMES: Readonly<Record<PolicyName, Bilingual>> = {
  plannedMaintenance: { zh: '计划维护', en: 'Planned maintenance' },
  waiting: { zh: '待料与堵料', en: 'Starved and blocked time' },
  microStopThresholdMs: { zh: '小停阈值', en: 'Micro-stop threshold' },
  productionDateOwner: { zh: '夜班归属日', en: 'Day of the night shift' },
  otifPromise: { zh: 'OTIF 依据的承诺', en: 'Promise of OTIF' },
  otifWindowDays: { zh: 'OTIF 窗口', en: 'Window of OTIF' },
  lotReject: { zh: '拒收批计 PPM', en: 'Rejected lots in PPM' },
  lineRule: { zh: '产线 OEE 规则', en: 'OEE of a line' },
  lateScrap: { zh: '后发现的报废', en: 'Scrap found later' },
  kitting: { zh: '齐套分配', en: 'Kitting' },
  coverageLimit: { zh: '覆盖率下限', en: 'Lowest coverage' },
}

/** Words that policies take as their value. */
export const POLICY_WORDS: Readonly<Record<string, Bilingual>> = {
  'outside-planned-time': { zh: '不计入计划时间', en: 'outside planned time' },
  'availability-loss': { zh: '计入时间损失', en: 'availability loss' },
  start: { zh: '开始日', en: 'day of its start' },
  end: { zh: '结束日', en: 'day of its end' },
  first: { zh: '首次承诺', en: 'first promise' },
  current: { zh: '当前承诺', en: 'current promise' },
  requested: { zh: '客户要求日', en: 'requested date' },
  'whole-lot': { zh: '整批', en: 'whole lot' },
  'bad-pieces': { zh: '仅不良件', en: 'bad pieces' },
  bottleneck: { zh: '瓶颈机台', en: 'bottleneck' },
  'last-operation': { zh: '末道工序', en: 'last operation' },
  'sum-of-parallel-units': { zh: '并行机台合计', en: 'sum of parallel units' },
  'at-making': { zh: '制造时', en: 'when made' },
  'at-detection': { zh: '发现时', en: 'when found' },
  reserve: { zh: '先占用', en: 'reserve and wait' },
  skip: { zh: '先跳过', en: 'skip' },
}

/** Words that a policy can take; empty for one that is a number or a window of days. */
export function wordsOf(policy: PolicyName): string[] {
  const shape = policySettings.shape[policy]
  return 'options' in shape ? [...shape.options] : []
}

/** A value of a policy with its unit: a duration in seconds, a share in per cent, a window in days. */
export function policyText(policy: PolicyName, value: PolicyValue): Bilingual {
  if (Array.isArray(value)) {
    const [early = 0, late = 0] = value
    return { zh: `${early} 至 +${late} 天`, en: `${early} to +${late} d` }
  }
  if (typeof value === 'string') return POLICY_WORDS[value] ?? { zh: value, en: value }
  if (policy === 'coverageLimit') {
    const { text } = formatPercent(value)
    return { zh: text, en: text }
  }
  const seconds = fixedDigits(value / 1000)
  return { zh: numberText(seconds, '秒').text, en: numberText(seconds, 's').text }
}
