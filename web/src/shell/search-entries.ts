import type { RouteLocationRaw } from 'vue-router'

export interface SearchEntry {
  id: string
  group: 'pages' | 'boards' | 'reports' | 'sources'
  label: string
  note: string
  /** Further words it is found by: the other language, codes. */
  words: string
  to: RouteLocationRaw
}

/** Entries that hold every word of the text, those that begin with it first. The order given is kept otherwise. */
export function findEntries(entries: readonly SearchEntry[], text: string): SearchEntry[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...entries]
  const score = (entry: SearchEntry): number => {
    const label = entry.label.toLowerCase()
    const all = `${label} ${entry.note} ${entry.words}`.toLowerCase()
    if (!words.every((word) => all.includes(word))) return 0
    return label.startsWith(words[0] ?? '') ? 2 : 1
  }
  return entries
    .map((entry) => ({ entry, score: score(entry) }))
    .filter((each) => each.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((each) => each.entry)
}
