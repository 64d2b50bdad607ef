import type { DeliveryStep } from '@gemba/contracts/delivery'

type Evidence = DeliveryStep['evidence']

/** What turns names and instants into words for a reader. */
export interface EvidenceWords {
  t: (key: string, facts?: Record<string, unknown>) => string
  has: (key: string) => boolean
  /** An instant (ms) on the clock of the site. */
  clock: (at: number) => string
  /** A span of time, ms. */
  span: (ms: number) => string
}

const TRIGGERS: ReadonlySet<unknown> = new Set(['clock', 'test', 'again', 'correction'])
/** Said together in one sentence, or not for readers. */
const HIDDEN: ReadonlySet<string> = new Set(['is', 'than', 'found', 'same', 'maxAgeMinutes'])

/** The evidence of a step, fact by fact, in the reader's language; a fact without a word keeps its own name. */
export function evidenceWords(evidence: Evidence, words: EvidenceWords): string[] {
  return Object.entries(evidence)
    .filter(([name, value]) => value !== null && value !== '' && !HIDDEN.has(name))
    .map(([name, value]) => {
      const key = `deliveries.evidence.${name}`
      if (!words.has(key)) return `${name} ${value}`
      return words.t(key, { ...evidence, value: valueText(name, value, words) })
    })
}

function valueText(name: string, value: Evidence[string], { t, has, clock, span }: EvidenceWords): string {
  if (name === 'by' && TRIGGERS.has(value)) return t(`deliveries.triggers.${value}`)
  // A clock is told as its five fields and the calendar.
  if (name === 'timing') return has(`deliveries.timings.${value}`) ? t(`deliveries.timings.${value}`) : String(value)
  if (name.endsWith('At')) return clock(Date.parse(String(value)))
  if (name === 'waitMs') return span(Number(value))
  if (name === 'files') return String(value).split(', ').map(fileText).join(' + ')
  return String(value)
}

/** `pdf 82402` → `PDF 80 KB`. */
function fileText(file: string): string {
  const [format = '', bytes = ''] = file.split(' ')
  return `${format.toUpperCase()} ${Math.max(1, Math.round(Number(bytes) / 1024))} KB`
}
