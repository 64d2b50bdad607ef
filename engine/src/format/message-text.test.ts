import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MESSAGE_PLACEHOLDERS,
  type MessageFacts,
  headerLine,
  messageMarkup,
  messageText,
  unknownPlaceholders,
} from './message-text.ts'

const facts = Object.fromEntries(MESSAGE_PLACEHOLDERS.map((name) => [name, `«${name}»`])) as MessageFacts

describe('the text of a mail', () => {
  it('puts facts in place of placeholders', () => {
    expect(messageText('{{report}} {{ production-day }}: {{rows}}', facts)).toBe('«report» «production-day»: «rows»')
  })

  it('leaves what it does not know, and names it', () => {
    expect(messageText('{{constructor}} {{a.b}}', facts)).toBe('{{constructor}} {{a.b}}')
    expect(unknownPlaceholders('{{report}} {{x}} {{ x }} {{}}')).toEqual(['x', ''])
  })

  it('never reads again what was put in', () => {
    expect(messageText('{{report}}', { ...facts, report: '{{link}}' })).toBe('{{link}}')
    expect(messageText('{{report}}', { ...facts, report: '$& $1' })).toBe('$& $1')
  })

  it('makes one line of anything for a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(headerLine(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
    expect(headerLine('生产日报\r\nBcc: all@example.org')).toBe('生产日报 Bcc: all@example.org')
  })

  it('lets no letter become markup', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const inside = messageMarkup(text)
          .replaceAll('<p style="margin:0 0 12px">', '')
          .replaceAll('</p>', '')
          .replaceAll('<br>', '')
        expect(inside).not.toMatch(/[<>"']/)
      }),
    )
  })
})
