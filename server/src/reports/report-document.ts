import type { Template } from '@gemba/contracts/template'
import type { ReportResult } from '@gemba/engine/report/report-result'
import { wordsIn, type Locale } from '@gemba/engine/report/words'

/** A finished report as every painter receives it. */
export interface ReportDocument {
  name: string
  locale: Locale
  template: Template
  result: ReportResult
  /** What the reader has to know before the first number, such as rows that a limit cut; every format says it. */
  notices?: readonly string[]
  /** Where readers of a file find the product; without it files hold no links into it. */
  publicUrl?: string
}

/** A piece of a file: text is written as UTF-8. */
export type Chunk = string | Uint8Array

/** Takes a file piece by piece; the promise resolves when more may come. */
export type Sink = (chunk: Chunk) => Promise<void>

export function documentOf(template: Template, result: ReportResult): ReportDocument {
  const { locale } = result.run.context
  return { name: wordsIn(template.name, locale), locale, template, result }
}

/** Characters that no file format may carry are shown as what they are: unreadable. */
const CONTROL =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Text that XML and HTML can carry. Control characters and broken surrogates become U+FFFD. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\ufffd')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text inside XML or HTML, attributes included. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
