import type { Findable } from '../ui/FindField.vue'

const MOST_OFFERED = 12

/** The first few that hold the text in name or note; those that begin with it come first. */
export function offered(candidates: readonly Findable[], text: string): Findable[] {
  const words = text.trim().toLowerCase()
  const begins: Findable[] = []
  const holds: Findable[] = []
  for (const each of candidates) {
    const [name, note] = [each.name.toLowerCase(), each.note.toLowerCase()]
    if (name.startsWith(words) || note.startsWith(words)) begins.push(each)
    else if (name.includes(words) || note.includes(words)) holds.push(each)
    if (begins.length === MOST_OFFERED) break
  }
  return [...begins, ...holds].slice(0, MOST_OFFERED)
}
