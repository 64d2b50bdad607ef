import type { ParameterDescription, ParameterOption, ParameterValue } from '@gemba/contracts/report'

/** One line of a tree, outer ones before what they hold. */
export interface OptionLine {
  option: ParameterOption
  depth: number
  /** Values of the options above, outermost first. */
  above: string[]
}

const keyOf = (value: ParameterOption['value']): string => String(value)

/** Options in the order of a tree; one whose parent is not among them stands at the root. */
export function treeOf(options: readonly ParameterOption[]): OptionLine[] {
  const known = new Set(options.map(({ value }) => keyOf(value)))
  const children = new Map<string | null, ParameterOption[]>()
  for (const option of options) {
    const parent = option.parent !== null && known.has(option.parent) ? option.parent : null
    children.set(parent, [...(children.get(parent) ?? []), option])
  }
  const lines: OptionLine[] = []
  const visit = (parent: string | null, above: string[]): void => {
    for (const option of children.get(parent) ?? []) {
      const key = keyOf(option.value)
      if (above.includes(key)) continue
      lines.push({ option, depth: above.length, above })
      visit(key, [...above, key])
    }
  }
  visit(null, [])
  return lines
}

/** What is chosen, as keys. */
export function chosenOf(value: ParameterValue | undefined): Set<string> {
  if (value === null || value === undefined) return new Set()
  if (Array.isArray(value)) return new Set(value.map(String))
  return typeof value === 'object' ? new Set() : new Set([String(value)])
}

/** The list after one option was switched; in the order of the options, without what is none. */
export function toggled(
  options: readonly ParameterOption[],
  value: ParameterValue | undefined,
  key: string,
): (string | number)[] {
  const chosen = chosenOf(value)
  if (!chosen.delete(key)) chosen.add(key)
  return listOf(options, chosen)
}

/** Values of options by their keys. */
export function listOf(options: readonly ParameterOption[], chosen: ReadonlySet<string>): (string | number)[] {
  return options
    .filter(({ value }) => chosen.has(keyOf(value)))
    .map(({ value }) => (typeof value === 'boolean' ? String(value) : value))
}

/** A single choice by its key, with the type the option has. */
export function optionValue(options: readonly ParameterOption[], key: string): ParameterValue {
  return options.find(({ value }) => keyOf(value) === key)?.value ?? null
}

/** Whether a tree takes several places. */
export const takesMany = ({ control, value }: Pick<ParameterDescription, 'control' | 'value'>): boolean =>
  control === 'multiSelect' || (control === 'tree' && Array.isArray(value))
