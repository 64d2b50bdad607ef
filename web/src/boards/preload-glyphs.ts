import { messagesOf } from '../language/i18n.ts'
import type { Language, MessageTree } from '../language/languages.ts'

/**
 * The font comes in slices by character. A board must be able to say that it lost the server, and then nothing can be
 * fetched any more: every character of its messages is loaded beforehand.
 */
export async function preloadGlyphs(language: Language): Promise<void> {
  const { boards, connection } = messagesOf(language)
  const text = [boards, connection].map((tree) => (tree === undefined ? '' : textOf(tree))).join('')
  const families = getComputedStyle(document.documentElement).getPropertyValue('--g-font')
  // Without the font the system's takes its place; nothing to do about it here.
  await Promise.allSettled([400, 500].map((weight) => document.fonts.load(`${weight} 20px ${families}`, text)))
}

function textOf(tree: MessageTree): string {
  return Object.values(tree)
    .map((each) => (typeof each === 'string' ? each : textOf(each)))
    .join('')
}
