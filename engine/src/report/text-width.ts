/** Width of a character in ems of a sans-serif face: full for Chinese, about half for Latin and digits. */
function emsOf(code: number): number {
  if (code < 0x20 || (code >= 0x300 && code < 0x370) || code === 0x200b || code === 0x200d || code === 0xfe0f) return 0
  if (code < 0x7f) return NARROW.has(code) ? 0.3 : WIDE.has(code) ? 0.85 : code >= 0x41 && code <= 0x5a ? 0.64 : 0.565
  if (code < 0x1100) return 0.6
  return code >= 0x2010 && code <= 0x2027 ? 0.7 : 1
}

const codesOf = (text: string): Set<number> => new Set([...text].map((letter) => letter.codePointAt(0) as number))
const NARROW = codesOf(" .,:;!|'`()[]{}ijlIft/\\")
const WIDE = codesOf('mwMW@%')

const MM_PER_POINT = 25.4 / 72

/** Estimated width of one line of text in millimetres at a size in points; on the safe side by a few per cent. */
export function textWidthMm(text: string, sizePt: number): number {
  let ems = 0
  for (const letter of text) ems += emsOf(letter.codePointAt(0) as number)
  return ems * sizePt * MM_PER_POINT
}

/** Lines that a text needs in a width, broken between Chinese characters and between words. At least one. */
export function lineCount(text: string, { sizePt, widthMm }: { sizePt: number; widthMm: number }): number {
  let lines = 0
  for (const paragraph of text.split('\n')) {
    lines += 1
    let used = 0
    for (const word of paragraph.match(/[\p{sc=Han}\u3000-\u303f\uff00-\uffef]|[^\s\p{sc=Han}]+\s*|\s+/gu) ?? []) {
      const width = textWidthMm(word, sizePt)
      if (used > 0 && used + textWidthMm(word.trimEnd(), sizePt) > widthMm) {
        lines += 1
        used = 0
      }
      // A word longer than a line is broken anywhere.
      if (width > widthMm && widthMm > 0) lines += Math.floor(width / widthMm)
      used = width > widthMm && widthMm > 0 ? width % widthMm : used + width
    }
  }
  return Math.max(1, lines)
}

/** Height of one line in millimetres. */
export const lineHeightMm = (sizePt: number): number => sizePt * MM_PER_POINT * 1.38
