/**
 * The placeholders of mail texts: `{{name}}`, nothing else. There are no conditions, no calls, no markup: a text is
 * read once, and what is put in is never read again, so a value cannot bring a placeholder of its own.
 */
export const MESSAGE_PLACEHOLDERS = [
  'report',
  'production-day',
  'planned-at',
  'recipient',
  'owner',
  'rows',
  'pages',
  'data-as-of',
  'coverage',
  'totals',
  'notes',
  'hash',
  'link',
] as const
export type MessagePlaceholder = (typeof MESSAGE_PLACEHOLDERS)[number]
export type MessageFacts = Readonly<Record<MessagePlaceholder, string>>

const PATTERN = /\{\{([^{}]*)\}\}/g
const isKnown = (name: string): name is MessagePlaceholder => (MESSAGE_PLACEHOLDERS as readonly string[]).includes(name)

/** Placeholders of a text that do not exist, as they were written. */
export function unknownPlaceholders(text: string): string[] {
  return [
    ...new Set([...text.matchAll(PATTERN)].map((match) => (match[1] ?? '').trim()).filter((name) => !isKnown(name))),
  ]
}

/** The text with its placeholders filled; one that does not exist stays as it was written. */
export function messageText(text: string, facts: MessageFacts): string {
  return text.replace(PATTERN, (whole, name: string) => {
    const known = name.trim()
    return isKnown(known) ? facts[known] : whole
  })
}

/** For one line of a header: line breaks and control characters become blanks, and it is cut at 200 letters. */
export function headerLine(text: string): string {
  return [
    ...text
      .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]+/gu, ' ')
      .replace(/ {2,}/g, ' ')
      .trim(),
  ]
    .slice(0, 200)
    .join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] as string)

/** A plain text as markup of paragraphs; all of it is escaped. */
export function messageMarkup(text: string): string {
  const paragraphs = text.replaceAll('\r\n', '\n').split(/\n{2,}/)
  return paragraphs
    .map((paragraph) => escaped(paragraph.trim()).replaceAll('\n', '<br>'))
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p style="margin:0 0 12px">${paragraph}</p>`)
    .join('\n')
}
