/**
 * A code as it is compared when it is not found as it stands: full-width characters and look-alike hyphens made plain,
 * blanks and case ignored, leading zeros of numeric keys taken off.
 */
export function normalCode(code: string): string {
  const plain = code
    .normalize('NFKC')
    .replaceAll(/[\u2010-\u2015\u2212\uFE58\uFE63\u30FC]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toUpperCase()
  return /^0+\d/.test(plain) && /^\d+$/.test(plain) ? plain.replace(/^0+/, '') : plain
}
