/** The letter that tells of figures that changed after another letter. */
import type { RunChanges } from '@gemba/contracts/run-changes'
import { changeText } from '@gemba/engine/format/figure-text'
import type { FormatLocale } from '@gemba/engine/format/numbers'
import { metricAt } from '@gemba/engine/metrics/dictionary'

const MOST_LINES = 30

export interface CorrectionFacts {
  readonly recipient: string
  readonly report: string
  readonly date: string
  readonly sentAt: string
  readonly link: string
  readonly locale: FormatLocale
}

const sideOf = (locale: FormatLocale): 'zh' | 'en' => (locale === 'en' ? 'en' : 'zh')

/** One line for each figure and each list of rows that is another now. */
export function correctionLines({ figures, rows, more }: RunChanges, locale: FormatLocale): string[] {
  const side = sideOf(locale)
  const lines = figures.map(({ metric, equipment, key, label, unit, before, now }) => {
    const name = metricAt(metric, Number.MAX_SAFE_INTEGER)?.name[side] ?? metric
    const place = equipment.split('/').at(-1) ?? equipment
    const what = [name, place, key === '' ? '' : label[side]].filter((word) => word !== '').join(' · ')
    return `${what}: ${changeText({ from: { value: before }, to: { value: now } }, unit, locale)}`
  })
  const lists = rows.map(({ dataset, gone, come }) =>
    locale === 'en'
      ? `${dataset}: ${gone} rows are gone, ${come} rows came`
      : `${dataset}：少了 ${gone} 行，多了 ${come} 行`,
  )
  const all = [...lines, ...lists]
  return all.length > MOST_LINES || more ? [...all.slice(0, MOST_LINES), '…'] : all
}

/** Body of the letter; figures that are again as they were sent are told as well. */
export function correctionText(changes: RunChanges, facts: CorrectionFacts): string {
  const { recipient, report, date, sentAt, link, locale } = facts
  const lines = correctionLines(changes, locale)
    .map((line) => `· ${line}`)
    .join('\n')
  if (locale === 'en') {
    const what = `“${report}” of ${date}, sent to you at ${sentAt}`
    const told =
      lines === ''
        ? `The figures of ${what}, are again as they were sent.`
        : `Figures of ${what}, have changed since:\n\n${lines}`
    return `${recipient},\n\n${told}\n\nAs it was sent: ${link}`
  }
  const what = `${sentAt} 发给你的《${report}》（${date}）`
  const told = lines === '' ? `${what}中的数字又与发送时一致。` : `${what}中的数字此后已更正：\n\n${lines}`
  return `${recipient}：\n\n${told}\n\n查看原件：${link}`
}

export const correctionSubject = (subject: string, locale: FormatLocale): string =>
  `${locale === 'en' ? 'Correction: ' : '更正：'}${subject}`
