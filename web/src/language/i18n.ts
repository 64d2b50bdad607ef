import { createI18n } from 'vue-i18n'
import { LANGUAGES, type Language, type MessageTree } from './languages.ts'

type FeatureMessages = Record<Language, MessageTree>

/** One `messages.ts` per feature folder; its folder name is the first part of each key. */
const features = import.meta.glob<{ default: FeatureMessages }>('../*/messages.ts', { eager: true })

/** All messages of a language, by feature. */
export function messagesOf(language: Language): Record<string, MessageTree> {
  const all: Record<string, MessageTree> = {}
  for (const [path, module] of Object.entries(features)) {
    const feature = path.split('/').at(-2)
    if (feature !== undefined) all[feature] = module.default[language]
  }
  return all
}

export function createLanguage(language: Language) {
  return createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: LANGUAGES[0],
    messages: { 'zh-CN': messagesOf('zh-CN'), en: messagesOf('en') },
  })
}

export type LanguagePlugin = ReturnType<typeof createLanguage>
