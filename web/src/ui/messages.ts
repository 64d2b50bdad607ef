import { defineMessages } from '../language/languages.ts'

export default defineMessages({
  'zh-CN': { close: '关闭', retry: '重试' },
  en: { close: 'Close', retry: 'Try again' },
})
