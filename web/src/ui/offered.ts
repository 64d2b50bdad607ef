import type { Findable } from './FindField.vue'

const MOST_OFFERED = 12

const WORD = /[\s\-._@/]+/

/** The first few that hold the text in name or note; those of which a word begins with it come first. */
export function offered(candidates: readonly Findable[], text: string): Findable[] {
  const words = text.trim().toLowerCase()
  const begins: Findable[] = []
  const holds: Findable[] = []
  for (const each of candidates) {
    const line = `${each.name} ${each.note}`.toLowerCase()
    if (!line.includes(words)) continue
    if (line.startsWith(words) || line.split(WORD).some((word) => word.startsWith(words))) begins.push(each)
    else holds.push(each)
    if (begins.length === MOST_OFFERED) break
  }
  return [...begins, ...holds].slice(0, MOST_OFFERED)
}
