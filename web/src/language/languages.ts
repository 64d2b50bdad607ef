/** Languages of the interface; the first is the fallback. */
export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** Messages of one feature: text or branches of text. */
export interface MessageTree {
  [key: string]: string | MessageTree
}

type SameKeys<T> = { [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> }

/** Both languages of one feature; the compiler refuses a key that one of them lacks. */
export function defineMessages<const T extends MessageTree>(messages: {
  'zh-CN': T
  en: NoInfer<SameKeys<T>>
}): {
  'zh-CN': MessageTree
  en: MessageTree
} {
  return messages as { 'zh-CN': MessageTree; en: MessageTree }
}

/** The language a browser asks for: Chinese for every Chinese, else English when it asks for English first. */
export function languageOfBrowser(wished: readonly string[]): Language {
  const first = wished.find((tag) => /^(zh|en)\b/i.test(tag))
  return first !== undefined && /^en\b/i.test(first) ? 'en' : 'zh-CN'
}
