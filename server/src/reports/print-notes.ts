/** What the reader of a print has to know beside the report itself. It moves nothing on the pages. */
import type { Locale } from '@gemba/engine/report/words'
import { escaped } from './report-document.ts'

/** Paper in mm. */
export interface Paper {
  readonly width: number
  readonly margins: { readonly top: number; readonly right: number; readonly left: number }
}

const WORDS = {
  'zh-CN': { title: '说明', more: (count: number) => `另有 ${count} 条说明，见末页`, whole: '全文见末页' },
  en: {
    title: 'Notes',
    more: (count: number) => `${count} more ${count === 1 ? 'note' : 'notes'} on the last page`,
    whole: 'in full on the last page',
  },
} as const

/** Size of a sign of the line above the first page, mm. */
const SIGN_MM = 2.65
const PADDING_MM = 8

/** A Chinese sign is as wide as it is high, others about 0.6 of that. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, sign) => sum + (/[\u2e80-\uffef]/.test(sign) ? SIGN_MM : SIGN_MM * 0.6), 0)

/**
 * A line in the margin above the first page, and a page at the end with all notes where the line has no room for them.
 * The first note is the one that the line says.
 */
export function printNotes(
  texts: readonly string[],
  { paper, locale }: { paper: Paper; locale: Locale },
): { line: string; page: string } {
  const [first, ...rest] = texts
  if (first === undefined) return { line: '', page: '' }
  const { left, right, top } = paper.margins
  const fits = widthOf(first) <= paper.width - left - right - PADDING_MM
  const words = WORDS[locale]
  const more = rest.length > 0 ? words.more(rest.length) : fits ? '' : words.whole
  const sides = `left:${left}mm;right:${right}mm`
  const line = `<div class="line-note" style="${sides}"><span>${escaped(first)}</span>${more === '' ? '' : `<b>${more}</b>`}</div>`
  if (more === '') return { line, page: '' }
  const items = texts.map((text) => `<li>${escaped(text)}</li>`).join('')
  return {
    line,
    page: `<div class="notes" style="${sides};top:${top}mm"><h2>${words.title}</h2><ol>${items}</ol></div>`,
  }
}
