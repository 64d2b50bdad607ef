import { type PolicyName, policyName } from '@gemba/contracts/metric'
import { readPolicyValue } from '@gemba/contracts/policy'
import type { RestatementCause } from '@gemba/contracts/restatement'
import { fixedDigits } from '@gemba/engine/format/numbers'
import { policyText } from '@gemba/engine/metrics/policy-words'
import { useI18n } from 'vue-i18n'
import { usePreferences } from '../preferences/preferences-store.ts'

/** Keys that are named; the others are counted. */
const KEYS_SHOWN = 3

/** Why a figure was restated, as a sentence; `time` writes an instant. */
export function useCauseText(time: (text: string) => string): (cause: RestatementCause) => string {
  const { t, te } = useI18n()
  const preferences = usePreferences()

  /** The value as it was recorded, in the words of the page of policies. */
  function valueText(policy: PolicyName, json: string): string {
    const value = readPolicyValue(policy, JSON.parse(json))
    return value.success ? policyText(policy, value.data)[preferences.side] : json
  }

  function changedText({
    table,
    rows,
    keys,
    receivedToAt,
  }: Extract<RestatementCause, { kind: 'changed-rows' }>): string {
    const name = te(`metrics.tables.${table}`) ? t(`metrics.tables.${table}`) : table
    const facts = { name, received: time(receivedToAt) }
    // Who does not see all rows is not told how many there are.
    if (rows === null) return t('metrics.causes.changedSome', facts)
    const list = keys.slice(0, KEYS_SHOWN).join(preferences.side === 'zh' ? '、' : ', ')
    return t('metrics.causes.changedRows', {
      ...facts,
      rows: fixedDigits(rows),
      keys: rows > KEYS_SHOWN ? `${list} …` : list,
    })
  }

  return (cause) => {
    if (cause.kind === 'changed-rows') return changedText(cause)
    if (cause.kind === 'late-rows')
      return t('metrics.causes.lateRows', {
        rows: fixedDigits(cause.rows),
        stream: cause.stream.split('/').at(-1) ?? cause.stream,
        from: time(cause.fromAt),
        to: time(cause.toAt),
        received: time(cause.receivedToAt),
      })
    if (cause.kind === 'recomputed') return t('metrics.causes.recomputed')
    const { facts } = cause
    const word = (name: string): string => String(facts[name] ?? '—')
    if (cause.kind === 'mapping')
      return t('metrics.causes.mapping', { code: word('code'), target: word('target'), by: word('by'), id: cause.id })
    if (cause.kind === 'policy') {
      const policy = policyName.safeParse(facts['policy'])
      const name = policy.success ? t(`policies.names.${policy.data}`) : word('policy')
      const value = policy.success ? valueText(policy.data, word('value')) : word('value')
      return t('metrics.causes.policy', { name, value, by: word('by'), reason: word('reason'), id: cause.id })
    }
    return t(`metrics.causes.${cause.kind}`)
  }
}
