import { type PolicyName, type PolicySettings, policyName } from '@gemba/contracts/metric'
import { type PolicyValue, readPolicyValue } from '@gemba/contracts/policy'
import type { TimeRange } from '@gemba/contracts/time'
import { Fault } from '../http/fault.ts'
import { instant } from './period.ts'

/** Policies that change figures of equipment time. */
export const OF_EQUIPMENT: readonly PolicyName[] = [
  'plannedMaintenance',
  'waiting',
  'microStopThresholdMs',
  'productionDateOwner',
  'coverageLimit',
]
const LONGEST_WHAT_IF_DAYS = 92
const DAY_MS = 86_400_000

/** A policy that is to hold in place of what is in force. */
export interface WhatIf {
  policy: PolicyName
  value: PolicyValue
  settings: Partial<PolicySettings>
}

/** What makes a question one about another time of knowledge, or other policies. */
export interface OtherQuestion {
  whatIf?: WhatIf
  /** ms */
  knownAt?: number
}

const invalid = (facts: Record<string, string | number>, zh: string, en: string): Fault =>
  new Fault('INPUT_INVALID', facts, { zh, en })

/** Reads `whatIf=<policy>:<value>` and `knownAt=<instant>`; every misuse is named. */
export function otherQuestion(
  query: { whatIf?: string | undefined; knownAt?: string | undefined },
  nowAt: number,
): OtherQuestion {
  if (query.whatIf !== undefined && query.knownAt !== undefined)
    throw invalid({}, 'whatIf 与 knownAt 不能同时使用', 'give either whatIf or knownAt')
  if (query.whatIf !== undefined) return { whatIf: whatIfOf(query.whatIf) }
  if (query.knownAt === undefined) return {}
  const knownAt = instant('knownAt', query.knownAt)
  if (knownAt > nowAt)
    throw new Fault(
      'RANGE_INVALID',
      { knownAt: query.knownAt },
      { zh: 'knownAt 在未来', en: 'knownAt lies in the future' },
    )
  return { knownAt }
}

function whatIfOf(text: string): WhatIf {
  const colon = text.indexOf(':')
  const policy = policyName.safeParse(text.slice(0, colon))
  if (colon < 0 || !policy.success)
    throw invalid({ whatIf: text }, 'whatIf 的形式是 <口径>:<值>', 'whatIf is written <policy>:<value>')
  const value = readPolicyValue(policy.data, valueOf(text.slice(colon + 1)))
  if (!value.success) {
    const says = value.error.issues.map((issue) => issue.message).join('; ')
    throw invalid({ whatIf: text }, `${policy.data} 没有这个值：${says}`, `no value of ${policy.data}: ${says}`)
  }
  return { policy: policy.data, value: value.data, settings: { [policy.data]: value.data } }
}

/** Which policies a question is judged by. */
export const policyQuestion = ({ whatIf, knownAt }: OtherQuestion) => ({
  ...(whatIf === undefined ? {} : { whatIf: whatIf.settings }),
  ...(knownAt === undefined ? {} : { knownAt }),
})

/** The same for figures of equipment time. */
export const otherFigures = ({ whatIf, knownAt }: OtherQuestion = {}) => ({ whatIf: whatIf?.settings, knownAt })

/** Numbers and lists are written as in JSON, words as they are. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** A what-if is derived from readings, so its period is shorter than others. */
export function refuseLongWhatIf(range: TimeRange): void {
  if (range.toAt - range.fromAt <= LONGEST_WHAT_IF_DAYS * DAY_MS) return
  throw new Fault(
    'RANGE_INVALID',
    { days: Math.round((range.toAt - range.fromAt) / DAY_MS) },
    {
      zh: `whatIf 的时间范围不能超过 ${LONGEST_WHAT_IF_DAYS} 天`,
      en: `the range of a what-if must not exceed ${LONGEST_WHAT_IF_DAYS} days`,
    },
  )
}
