import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** Where the print page asks for its fonts; nothing is ever sent there, the answers come from the package. */
export const FONT_ORIGIN = 'https://report.invalid/'
const WEIGHTS = [400, 700]

const folder = (): string => dirname(createRequire(import.meta.url).resolve('@fontsource/noto-sans-sc/package.json'))

/** `@font-face` rules of the bundled face. It comes in slices by Unicode range: only those that a page needs are read. */
export async function fontFaces(): Promise<string> {
  const styles = await Promise.all(WEIGHTS.map((weight) => readFile(join(folder(), `${weight}.css`), 'utf8')))
  return styles
    .join('')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/,\s*url\([^)]*\.woff\)\s*format\('woff'\)/g, '')
    .replaceAll(/url\(\.\/files\//g, `url(${FONT_ORIGIN}`)
    .replaceAll('font-display: swap', 'font-display: block')
}

/** The bytes of a font file by the address that a page asked for; undefined for anything else. */
export async function fontAt(address: string): Promise<Buffer | undefined> {
  if (!address.startsWith(FONT_ORIGIN)) return undefined
  const name = basename(address)
  if (!/^[a-z0-9-]+\.woff2$/.test(name)) return undefined
  return readFile(join(folder(), 'files', name)).catch(() => undefined)
}
