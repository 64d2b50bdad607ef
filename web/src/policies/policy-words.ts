import type { PolicyName } from '@gemba/contracts/metric'
import type { PolicyValue } from '@gemba/contracts/policy'
import { policySettings } from '@gemba/contracts/metric'
import { wordsOf } from '@gemba/engine/metrics/policy-words'

/** What a field shows for a value: seconds for a duration, per cent for a share. */
export function fieldOf(policy: PolicyName, value: PolicyValue): string[] {
  if (Array.isArray(value)) return value.map(String)
  if (typeof value === 'string') return [value]
  return [policy === 'coverageLimit' ? String(Math.round(value * 1e6) / 1e4) : String(value / 1000)]
}

/** The value of what stands in the fields; not every text is one. */
export function valueOfFields(policy: PolicyName, fields: readonly string[]): PolicyValue | null {
  if (wordsOf(policy).length > 0) return fields[0] ?? null
  const numbers = fields.map((field) => (field.trim() === '' ? NaN : Number(field)))
  if (numbers.some((each) => !Number.isFinite(each))) return null
  const [first = 0] = numbers
  const value: PolicyValue =
    policy === 'otifWindowDays' ? numbers : policy === 'coverageLimit' ? first / 100 : Math.round(first * 1000)
  return policySettings.shape[policy].safeParse(value).success ? value : null
}
