import type { ParameterDescription, ParameterValue, ParameterValues } from '@gemba/contracts/report'

/** Whether a parameter has nothing to run with. A list without entries is nothing. */
export function isEmpty(value: ParameterValue | undefined): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  if (typeof value === 'object') return value.from === '' || value.to === ''
  return value === ''
}

/** What the server says each parameter is set to now. */
export function valuesOf(parameters: readonly ParameterDescription[]): ParameterValues {
  return Object.fromEntries(parameters.map(({ name, value }) => [name, value]))
}

/** Names of required parameters that have no value. */
export function missingOf(parameters: readonly ParameterDescription[], values: ParameterValues): string[] {
  return parameters.filter(({ name, required }) => required && isEmpty(values[name])).map(({ name }) => name)
}

/** Whether options or defaults of another parameter follow this one. */
export function isFollowed(parameters: readonly ParameterDescription[], name: string): boolean {
  return parameters.some(({ dependsOn }) => dependsOn.includes(name))
}

/** Names of what directly or over others follows a parameter. */
export function followersOf(parameters: readonly ParameterDescription[], name: string): Set<string> {
  const found = new Set<string>()
  const visit = (of: string): void => {
    for (const each of parameters) {
      if (found.has(each.name) || !each.dependsOn.includes(of)) continue
      found.add(each.name)
      visit(each.name)
    }
  }
  visit(name)
  found.delete(name)
  return found
}

/**
 * Values after the server has answered for a change of `changed`: only what follows it takes the server's value;
 * everything else stays as typed, also what was typed while the question was under way.
 */
export function followed(
  typed: ParameterValues,
  answer: readonly ParameterDescription[],
  changed: string,
): ParameterValues {
  const followers = followersOf(answer, changed)
  const values = { ...typed }
  for (const { name, value } of answer) if (followers.has(name)) values[name] = value
  return values
}

/** What is sent: nothing for what is empty, so that the server says which one is missing. */
export function sent(parameters: readonly ParameterDescription[], values: ParameterValues): ParameterValues {
  const entries = parameters.map(({ name }): [string, ParameterValue] => [name, values[name] ?? null])
  return Object.fromEntries(entries.filter(([, value]) => !isEmpty(value)))
}

export const sameValues = (a: ParameterValues, b: ParameterValues): boolean => canonical(a) === canonical(b)

function canonical(values: ParameterValues): string {
  const entries = Object.entries(values)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => [name, Array.isArray(value) ? [...value].map(String).toSorted() : value] as const)
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
