/** `Chrome · Windows` of what a browser says of itself; the whole text when it is none we know. */
export function browserName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)[^/]*\//.exec(agent)?.[1]
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux|Tizen|Web0S)/.exec(agent)?.[1]
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS', Web0S: 'webOS' }
  const known = [browser, system].filter((part) => part !== undefined).map((part) => names[part] ?? part)
  return known.length > 0 ? known.join(' · ') : agent.slice(0, 60) || '—'
}
