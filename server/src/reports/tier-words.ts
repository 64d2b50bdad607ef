import type { ReportTier } from '@gemba/contracts/report'
import type { Template } from '@gemba/contracts/template'
import { compileTemplate } from '@gemba/engine/report/compile'
import { messageText } from '@gemba/engine/report/messages'
import { tierOf, type TierReason } from '@gemba/engine/report/tier'

const wordsOf = (reasons: readonly TierReason[]): ReportTier['reasons'] =>
  reasons.map(({ key, cells }) => ({ cells, text: { zh: messageText(key, 'zh-CN'), en: messageText(key, 'en') } }))

/** How a template is computed, and why so, in plain words for its author. */
export function tierWords(template: Template): ReportTier {
  const tier = tierOf(compileTemplate(template), template)
  if (tier.kind === 'memory') {
    const text = { zh: '页面、Excel 与 CSV 在内存中生成', en: 'Pages, Excel and CSV are made in memory' }
    return { kind: 'memory', text, reasons: wordsOf(tier.reasons) }
  }
  const { mustLieTogether, pageReasons } = tier.plan
  const isPaged = pageReasons.length === 0
  const made = isPaged
    ? { zh: '页面、Excel 与 CSV 逐行生成', en: 'pages, Excel and CSV are made row by row' }
    : { zh: 'Excel 与 CSV 逐行写出', en: 'Excel and CSV are written row by row' }
  const zh = `${mustLieTogether ? '同组的行排在一起时，' : ''}${made.zh}，不必把全部行放在内存中`
  const en = `${mustLieTogether ? 'Where rows of a group lie together, ' : ''}${made.en}, without all rows in memory`
  const pages = { zh: '；页面在内存中生成', en: '; pages are made in memory' }
  const text = { zh: `${zh}${isPaged ? '' : pages.zh}`, en: `${capital(en)}${isPaged ? '' : pages.en}` }
  return { kind: 'stream', text, reasons: wordsOf(pageReasons) }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
