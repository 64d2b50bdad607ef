import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { LANGUAGES, type Language, languageOfBrowser } from '../language/languages.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORAGE_KEY = 'gemba.preferences'

interface Stored {
  language?: unknown
  theme?: unknown
  site?: unknown
}

function readStored(): Stored {
  try {
    return (JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') ?? {}) as Stored
  } catch {
    return {}
  }
}

function store(value: { language: Language; theme: Theme; site: string | null }): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(value))
  } catch {
    // Storage may be forbidden or full; the choice then lasts as long as the page.
  }
  // The server words its refusals in the reader's language.
  document.cookie = `gemba_language=${value.language === 'en' ? 'en' : 'zh'}; path=/; max-age=31536000; samesite=lax`
}

/** What the reader chose for this browser: language, theme and the site looked from. */
export const usePreferences = defineStore('preferences', () => {
  const stored = readStored()
  const language = ref<Language>(
    LANGUAGES.find((each) => each === stored.language) ?? languageOfBrowser(navigator.languages ?? []),
  )
  const theme = ref<Theme>(THEMES.find((each) => each === stored.theme) ?? 'system')
  const site = ref<string | null>(typeof stored.site === 'string' ? stored.site : null)
  const systemDark = ref(false)
  const media = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null
  if (media) {
    systemDark.value = media.matches
    media.addEventListener('change', (event) => (systemDark.value = event.matches))
  }
  const isDark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))
  /** The side of a `Bilingual` name to show. */
  const side = computed<'zh' | 'en'>(() => (language.value === 'en' ? 'en' : 'zh'))

  watch(
    [language, theme, site, isDark],
    () => {
      store({ language: language.value, theme: theme.value, site: site.value })
      document.documentElement.lang = language.value
      document.documentElement.classList.toggle('dark', isDark.value)
    },
    { immediate: true, flush: 'sync' },
  )

  return { language, theme, site, isDark, side }
})
