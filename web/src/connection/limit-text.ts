import { useI18n } from 'vue-i18n'

/** The code that stands for a limit of place, supplier or customer instead of a row rule. */
const SCOPE = 'scope'

/** In words: which rules keep rows out of a number for this reader; null = all rows count. */
export function useLimitText() {
  const { t, locale } = useI18n()
  return (limitedBy: readonly string[] | null | undefined): string | null => {
    if (!limitedBy || limitedBy.length === 0) return null
    const codes = limitedBy.filter((code) => code !== SCOPE)
    const rules = codes.join(locale.value === 'zh-CN' ? '、' : ', ')
    if (codes.length === 0) return t('connection.limited.scope')
    return t(codes.length < limitedBy.length ? 'connection.limited.both' : 'connection.limited.rules', { rules })
  }
}
