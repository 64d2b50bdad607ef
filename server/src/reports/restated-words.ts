import type { Bilingual } from '@gemba/contracts/catalog'
import type { Restatement } from '@gemba/contracts/restatement'
import { changeText } from '@gemba/engine/format/figure-text'
import type { FormatLocale } from '@gemba/engine/format/numbers'
import { formatInstant } from '@gemba/engine/format/times'
import { metricAt } from '@gemba/engine/metrics/dictionary'

/** Published values of one figure that have changed since. */
export interface RestatedFigure {
  metric: string
  /** Unit of the metric. */
  unit: string
  count: number
  /** More have changed than were counted. */
  more: boolean
  last: Restatement
  /** Name of the place of the last one. */
  place: Bilingual
}

export const metricName = (metric: string): Bilingual =>
  metricAt(metric, Number.MAX_SAFE_INTEGER)?.name ?? { zh: metric, en: metric }

/** `OEE: 3 figures were restated after publication; last 11-02 07:30, IM03: 82.9% → 82.4%`, in the zone of the plant. */
export function restatedText(
  { metric, unit, count, more, last, place }: RestatedFigure,
  { nowAt, timeZone }: { nowAt: number; timeZone: string },
): Bilingual {
  const time = (locale: FormatLocale): string => formatInstant(Date.parse(last.restatedAt), nowAt, { timeZone, locale })
  const name = metricName(metric)
  const figures = count === 1 ? '1 figure was' : `${more ? 'more than ' : ''}${count} figures were`
  return {
    zh: `${name.zh}：${more ? '超过 ' : ''}${count} 个数字在首次公布后被重述；最近一次 ${time('zh-CN')}，${place.zh}：${changeText(last, unit, 'zh-CN')}`,
    en: `${name.en}: ${figures} restated after publication; last ${time('en')}, ${place.en}: ${changeText(last, unit, 'en')}`,
  }
}
