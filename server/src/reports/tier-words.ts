import type { ReportTier } from '@gemba/contracts/report'
import type { Template } from '@gemba/contracts/template'
import { compileTemplate } from '@gemba/engine/report/compile'
import { messageText } from '@gemba/engine/report/messages'
import { tierOf } from '@gemba/engine/report/tier'

/** How files of rows of a template are made, and why so, in plain words for its author. */
export function tierWords(template: Template): ReportTier {
  const tier = tierOf(compileTemplate(template), template)
  if (tier.kind === 'memory') {
    const reasons = tier.reasons.map(({ key, cells }) => ({
      cells,
      text: { zh: messageText(key, 'zh-CN'), en: messageText(key, 'en') },
    }))
    const text = { zh: 'Excel 与 CSV 在内存中生成', en: 'Excel and CSV are made in memory' }
    return { kind: 'memory', text, reasons }
  }
  const text = tier.plan.mustLieTogether
    ? {
        zh: '同组的行排在一起时，Excel 与 CSV 逐行写出，不必把全部行放在内存中',
        en: 'Where rows of a group lie together, Excel and CSV are written row by row, without all rows in memory',
      }
    : {
        zh: 'Excel 与 CSV 逐行写出，不必把全部行放在内存中',
        en: 'Excel and CSV are written row by row, without all rows in memory',
      }
  return { kind: 'stream', text, reasons: [] }
}
