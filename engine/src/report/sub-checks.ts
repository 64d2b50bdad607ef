import { walk, type Node } from '../formula/syntax.ts'
import { positionOf } from './address.ts'
import type { CompiledCell, CompiledSub, CompiledTemplate } from './compiled.ts'
import type { Finding } from './findings.ts'
import { PAGE_FUNCTIONS } from './report-functions.ts'
import type { SubReports, SubTemplate } from './sub-reports.ts'

/** Functions of places in the output, which are known only once the rows of sub-reports are. */
const POSITIONS = new Set([...PAGE_FUNCTIONS, 'ROW', 'COL'])

/** What can be said of the cells with sub-reports without knowing the other templates. */
export function subShapeFindings({ cells }: CompiledTemplate): Finding[] {
  return cells.flatMap((cell) => {
    if (cell.sub === undefined) return []
    const placed = cell.sub.params.filter(({ node }) => asksForPlace(node))
    const findings: Finding[] = placed.map(({ name }) => of(cell, ['refuse', 'subPosition'], { name }))
    if (!cell.sub.isInline) return findings
    if (cell.rowSpan > 1 || cell.source.expand === 'right') findings.push(of(cell, ['refuse', 'subRows']))
    const below = cells.filter((other) => other.left === cell.index && other.row !== cell.row)
    for (const other of below)
      findings.push({ level: 'refuse', cells: [other.address, cell.address], key: 'subBelow', part: 'left' })
    return findings
  })
}

function asksForPlace(node: Node): boolean {
  let asks = false
  walk(node, (part) => (asks ||= part.kind === 'call' && POSITIONS.has(part.name)))
  return asks
}

function of(cell: CompiledCell, [level, key]: [Finding['level'], string], details?: Record<string, string>): Finding {
  return { level, cells: [cell.address], key, part: 'value.sub', ...(details === undefined ? {} : { details }) }
}

/** The same with the other templates at hand: circles, depth, parameters, columns. */
export function subFindings({ cells }: CompiledTemplate, subs: SubReports): Finding[] {
  return cells.flatMap((cell) => (cell.sub === undefined ? [] : callFindings(cell, cell.sub, subs)))
}

function callFindings(cell: CompiledCell, sub: CompiledSub, { chain, input, depth }: SubReports): Finding[] {
  const child = input.template(sub.template)
  if (child === undefined) return [of(cell, ['error', 'subUnknown'], { template: sub.template })]
  const path = pathBelow([...chain, sub.template], { template: child, lookup: input.template, depth })
  if (path !== undefined)
    return [of(cell, ['refuse', path.key], { chain: path.chain.join(' → '), most: String(depth) })]
  const findings = parameterFindings(cell, sub, child)
  const columns = columnsOf(child)
  if (sub.isInline && columns !== undefined && columns !== cell.columnSpan)
    findings.push(of(cell, ['error', 'subColumns'], { has: String(columns), needs: String(cell.columnSpan) }))
  return findings
}

interface Walking {
  template: SubTemplate
  lookup: SubReports['input']['template']
  /** Levels below the host. */
  depth: number
}

/** A chain of calls that ends where it began, or goes deeper than allowed; undefined where none does. */
function pathBelow(
  chain: readonly string[],
  { template, lookup, depth }: Walking,
): { key: 'subCycle' | 'subDepth'; chain: readonly string[] } | undefined {
  if (chain.slice(0, -1).includes(chain.at(-1) as string)) return { key: 'subCycle', chain }
  if (chain.length - 1 > depth) return { key: 'subDepth', chain }
  for (const id of new Set(subTemplatesOf(template))) {
    const child = lookup(id)
    const found = child && pathBelow([...chain, id], { template: child, lookup, depth })
    if (found !== undefined) return found
  }
  return undefined
}

/** Ids of the templates that a template shows inside itself. */
export const subTemplatesOf = ({ cells }: SubTemplate): string[] =>
  cells.flatMap(({ value }) => (value !== undefined && 'sub' in value ? [value.sub.template] : []))

function parameterFindings(cell: CompiledCell, { template, params }: CompiledSub, child: SubTemplate): Finding[] {
  const own = child.parameters ?? []
  const given = new Set(params.map(({ name }) => name))
  const unknown = [...given].filter((name) => !own.some((parameter) => parameter.name === name))
  const missing = own.filter(
    ({ name, required, default: value }) => required === true && value === undefined && !given.has(name),
  )
  return [
    ...unknown.map((name) => of(cell, ['error', 'subParameterUnknown'], { template, name })),
    ...missing.map(({ name }) => of(cell, ['error', 'subParameterMissing'], { template, name })),
  ]
}

/** Columns of a template whose number does not depend on its rows; else undefined. */
function columnsOf({ cells }: SubTemplate): number | undefined {
  const isOpen = cells.some(
    ({ expand, when }) => expand === 'right' || when?.some(({ set }) => set.hideCol !== undefined) === true,
  )
  if (isOpen) return undefined
  return cells.reduce((most, { at, span }) => Math.max(most, (positionOf(at)?.column ?? -1) + (span?.[1] ?? 1)), 0)
}
