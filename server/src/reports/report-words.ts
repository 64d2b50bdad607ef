import type { Bilingual } from '@gemba/contracts/catalog'
import type { LocalText } from '@gemba/contracts/template'
import { Fault } from '../http/fault.ts'

/** Words of a template in both languages; a single text stands for both. */
export const bothOf = (words: LocalText): Bilingual =>
  typeof words === 'string' ? { zh: words, en: words } : { zh: words['zh-CN'], en: words.en }

const MOST_PROBLEMS = 20

/** A refusal that says everything that is wrong, cell by cell. */
export function problemsFault(
  code: 'REPORT_TEMPLATE_INVALID' | 'REPORT_PARAMETERS_INVALID',
  problems: readonly string[],
): Fault {
  const text = problems.slice(0, MOST_PROBLEMS).join('; ')
  return new Fault(code, { problems: problems.length }, { zh: text, en: text })
}
