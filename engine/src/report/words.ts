import type { LocalText } from '@gemba/contracts/template'
import { valueOf, type Value } from '../formula/values.ts'

export type Locale = 'zh-CN' | 'en'

/** The words in one language. */
export const wordsIn = (words: LocalText, locale: Locale): string => (typeof words === 'string' ? words : words[locale])

/** A literal of a template as a value; words in both languages give those of the run. */
export function literalIn(literal: unknown, locale: Locale): Value {
  if (typeof literal === 'object' && literal !== null && 'zh-CN' in literal && 'en' in literal)
    return wordsIn(literal as LocalText, locale)
  return valueOf(literal)
}
