import { policyName } from '@gemba/contracts/metric'
import { DEFAULT_POLICIES } from '@gemba/engine/metrics/policies'
import { policyText, wordsOf } from '@gemba/engine/metrics/policy-words'
import { describe, expect, it } from 'vitest'
import messages from './messages.ts'
import { fieldOf, valueOfFields } from './policy-words.ts'

describe('the words of policies', () => {
  it('exist in both languages for every policy and every value', () => {
    for (const language of ['zh-CN', 'en'] as const) {
      const { names, words } = messages[language] as { names: object; words: object }
      expect(Object.keys(names).toSorted()).toEqual([...policyName.options].toSorted())
      expect(Object.keys(words)).toEqual(expect.arrayContaining(policyName.options.flatMap(wordsOf)))
    }
  })

  it('say durations in seconds, shares in per cent, windows in days', () => {
    expect(policyText('microStopThresholdMs', 120_000).en).toMatch(/^120\ss$/)
    expect(policyText('coverageLimit', 0.95).zh).toContain('95')
    expect(policyText('otifWindowDays', [-3, 0]).en).toBe('-3 to +0 d')
    expect(policyText('waiting', 'availability-loss')).toEqual({ zh: '计入时间损失', en: 'availability loss' })
  })

  it('come back from the fields of the form as they went in, and nonsense does not', () => {
    for (const policy of policyName.options)
      expect(valueOfFields(policy, fieldOf(policy, DEFAULT_POLICIES[policy]))).toEqual(DEFAULT_POLICIES[policy])
    expect(valueOfFields('microStopThresholdMs', ['soon'])).toBeNull()
    expect(valueOfFields('microStopThresholdMs', ['-3'])).toBeNull()
    expect(valueOfFields('coverageLimit', ['120'])).toBeNull()
    expect(valueOfFields('otifWindowDays', ['1', '0'])).toBeNull()
    expect(valueOfFields('otifWindowDays', ['-1', ''])).toBeNull()
  })
})
