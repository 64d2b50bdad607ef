import type { OrganisationScope } from '@gemba/contracts/rights'

/** A scope in one line; `whole` and `nothing` are the words for its ends. */
export function scopeText(scope: OrganisationScope, words: { whole: string; nothing: string }): string {
  const limits = [scope.equipment, scope.departments, scope.suppliers, scope.customers].filter((list) => list !== null)
  if (limits.length === 0) return words.whole
  return limits.map((list) => (list.length === 0 ? words.nothing : list.join(', '))).join(' · ')
}

/** `name = value, value` a line; lines that are no attribute are given back as wrong. */
export function readAttributes(text: string): { attributes: Record<string, string[]>; wrong: string[] } {
  const attributes: Record<string, string[]> = {}
  const wrong: string[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const match = /^([a-z][A-Za-z0-9]{0,39})\s*=\s*(.*)$/.exec(line)
    if (!match?.[1]) wrong.push(line)
    else
      attributes[match[1]] = (match[2] ?? '')
        .split(/[,，]/)
        .map((value) => value.trim())
        .filter((value) => value !== '')
  }
  return { attributes, wrong }
}

export const attributesText = (attributes: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(attributes)
    .map(([name, values]) => `${name} = ${values.join(', ')}`)
    .join('\n')
