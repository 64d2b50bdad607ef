import { argumentError } from '../formula/evaluate.ts'
import { functionNamed } from '../formula/functions.ts'
import { walk, type CallNode, type Coordinate, type Node, type ReferenceNode } from '../formula/syntax.ts'
import { ROOT, type CompiledCell, type CompiledTemplate } from './compiled.ts'
import type { KnownFields, ReportTemplate } from './compile.ts'
import { cellsRead, components } from './evaluation-order.ts'
import type { Finding } from './findings.ts'
import { REPORT_FUNCTIONS } from './report-functions.ts'
import { subShapeFindings } from './sub-checks.ts'

/** All that can be said of a template before it runs. Adds to its findings. */
export function checkTemplate(
  compiled: CompiledTemplate,
  template: ReportTemplate,
  fields: KnownFields | undefined,
): void {
  const { findings } = compiled
  checkOverlaps(compiled)
  for (const cell of compiled.cells) {
    findings.push(...fieldFindings(cell, { compiled, template, fields }))
    for (const { node, part, over } of expressionsOf(cell)) {
      walk(node, (inner) => findings.push(...nodeFindings(inner, { cell, part, over, compiled, fields })))
    }
  }
  findings.push(...subShapeFindings(compiled))
  checkCycles(compiled)
}

interface Expression {
  node: Node
  part: string
  /** What it runs over: the rows of a dataset, where only ancestors have names, or the instances of the cell. */
  over: 'rows' | 'instances'
}

function expressionsOf(cell: CompiledCell): Expression[] {
  const { field } = cell
  const rows: [Node | undefined | 'self', string][] = [
    [field?.where, 'value.where'],
    [field?.having, 'value.having'],
    ...(field?.order ?? []).map(({ by }, i): [Node | 'self', string] => [by, `value.order[${i}].by`]),
    ...(field?.bands ?? []).map(({ test }, i): [Node, string] => [test, `value.bands[${i}].if`]),
  ]
  const expressions: Expression[] = rows.flatMap(([node, part]) =>
    node === undefined || node === 'self' ? [] : [{ node, part, over: 'rows' as const }],
  )
  if (cell.expression !== undefined) expressions.push({ node: cell.expression, part: 'value.expr', over: 'instances' })
  cell.conditions.forEach(({ test }, i) => expressions.push({ node: test, part: `when[${i}].if`, over: 'instances' }))
  for (const [part, node] of cell.parts) expressions.push({ node, part, over: 'instances' })
  return expressions
}

/** Template cells must not share a position. */
function checkOverlaps(compiled: CompiledTemplate): void {
  const owner = new Map<number, CompiledCell>()
  for (const cell of compiled.cells) {
    const other = firstOwner(cell, owner)
    if (other !== undefined)
      compiled.findings.push({ level: 'refuse', cells: [other.address, cell.address], key: 'overlap', part: 'span' })
  }
}

function firstOwner(cell: CompiledCell, owner: Map<number, CompiledCell>): CompiledCell | undefined {
  let found: CompiledCell | undefined
  for (let row = cell.row; row < cell.row + cell.rowSpan; row += 1) {
    for (let column = cell.column; column < cell.column + cell.columnSpan; column += 1) {
      const key = row * 16_384 + column
      found ??= owner.get(key)
      owner.set(key, cell)
    }
  }
  return found
}

interface Known {
  compiled: CompiledTemplate
  template: ReportTemplate
  fields: KnownFields | undefined
}

function fieldFindings(cell: CompiledCell, { compiled, template, fields }: Known): Finding[] {
  const { field } = cell
  if (field === undefined) return []
  const findings: Finding[] = []
  const add = (level: Finding['level'], key: string, more: Partial<Finding>): void => {
    findings.push({ level, cells: [cell.address], key, ...more })
  }
  const { source } = field
  if (source.adjacent === true && (source.order !== undefined || source.top !== undefined))
    add('refuse', 'adjacentOrder', { part: 'value.adjacent' })
  if (source.others !== undefined && source.top === undefined)
    add('warning', 'othersWithoutTop', { part: 'value.others' })
  if (field.use === 'bands' && field.bands.length === 0) add('error', 'noBands', { part: 'value.bands' })
  if (source.dict !== undefined && template.dictionaries?.[source.dict] === undefined) {
    add('warning', 'unknownDictionary', { details: { name: source.dict }, part: 'value.dict' })
  }
  if (field.use === 'summary' && cell.expand !== 'none') add('warning', 'summaryExpands', { part: 'expand' })
  if (field.scope !== undefined && field.scope !== ROOT && !cell.ancestors.has(field.scope)) {
    const name = (compiled.cells[field.scope] as CompiledCell).address
    add('refuse', 'notAncestor', { details: { name }, part: 'value.scope' })
  }
  if (fields !== undefined && !fields.has(field.dataset))
    add('error', 'unknownDataset', { details: { name: field.dataset }, part: 'value.field' })
  else if (isUnknown(fields, field.dataset, field.column))
    add('error', 'unknownField', { details: { name: source.field }, part: 'value.field' })
  return findings
}

function isUnknown(fields: KnownFields | undefined, dataset: string | undefined, field: string): boolean {
  const known = dataset === undefined ? undefined : fields?.get(dataset)
  return known !== undefined && !known.includes(field)
}

interface Place {
  cell: CompiledCell
  part: string
  over: Expression['over']
  compiled: CompiledTemplate
  fields: KnownFields | undefined
}

function nodeFindings(node: Node, place: Place): Finding[] {
  switch (node.kind) {
    case 'call':
      return callFindings(node, place)
    case 'reference':
      return referenceFindings(node, place)
    case 'own':
    case 'ordinal':
      return [
        ...nameFindings(node.cell, place),
        ...(node.kind === 'ordinal' && place.over === 'instances' ? ancestorFindings(node.cell, place) : []),
      ]
    case 'range':
      return place.over === 'rows' ? [finding(place, 'refuse', 'whereNamesStranger', `${node.from}:${node.to}`)] : []
    case 'field': {
      if (node.of !== 'row') return []
      const dataset = place.cell.field?.dataset ?? place.cell.rowDataset
      if (dataset === undefined) return [finding(place, 'error', 'rowWithoutDataset', node.name)]
      return isUnknown(place.fields, dataset, node.name)
        ? [finding(place, 'error', 'unknownField', `${dataset}.${node.name}`)]
        : []
    }
    default:
      return []
  }
}

type Verdict = [level: Finding['level'], key: string, name: string]

function finding(place: Place, ...[level, key, name]: Verdict): Finding {
  return {
    level,
    cells: [place.cell.address],
    key,
    part: place.part,
    details: { name },
  }
}

function callFindings(node: CallNode, place: Place): Finding[] {
  const bounds = REPORT_FUNCTIONS[node.name]
  if (bounds !== undefined) {
    const fits = node.args.length >= bounds[0] && node.args.length <= bounds[1]
    return fits ? [] : [finding(place, 'error', 'argumentCount', node.name)]
  }
  const definition = functionNamed(node.name)
  if (definition === undefined) return [finding(place, 'error', 'unknownFunction', node.name)]
  return argumentError(definition, node.args.length) === undefined
    ? []
    : [finding(place, 'error', 'argumentCount', node.name)]
}

/** Over rows only ancestors have names; elsewhere any cell has. */
function nameFindings(name: string, place: Place): Finding[] {
  const target = place.compiled.byAddress.get(name)
  if (target === undefined) return [finding(place, 'error', 'unknownCell', name)]
  if (place.over === 'rows' && !place.cell.ancestors.has(target.index))
    return [finding(place, 'refuse', 'whereNamesStranger', name)]
  return []
}

function ancestorFindings(name: string, place: Place): Finding[] {
  const target = place.compiled.byAddress.get(name)
  if (target === undefined || target === place.cell || place.cell.ancestors.has(target.index)) return []
  return [finding(place, 'error', 'notAncestor', name)]
}

function referenceFindings(node: ReferenceNode, place: Place): Finding[] {
  const findings = nameFindings(node.cell, place)
  const target = place.compiled.byAddress.get(node.cell)
  if (target === undefined || node.scope === undefined || node.scope === '*') return findings
  const moved: CompiledCell[] = []
  for (const step of [...node.scope.left, ...node.scope.top]) {
    const cell = place.compiled.byAddress.get(step.cell)
    if (cell === undefined || (cell !== target && !target.ancestors.has(cell.index))) {
      findings.push(finding(place, 'error', 'strangeCoordinate', step.cell))
      continue
    }
    findings.push(...coordinateFindings(step, cell, { place, moved }))
    if (step.kind !== 'current') moved.push(cell)
  }
  return findings
}

/** A relative step has no meaning under one that has moved, an absolute one needs a parent that the asker knows. */
function coordinateFindings(
  step: Coordinate,
  cell: CompiledCell,
  { place, moved }: { place: Place; moved: CompiledCell[] },
): Finding[] {
  const isRelative = step.kind === 'current' || step.kind === 'relative'
  if (isRelative && moved.some((other) => cell.ancestors.has(other.index))) {
    return [finding(place, 'refuse', 'relativeAfterMove', step.cell)]
  }
  const { ancestors } = place.cell
  if (isRelative)
    return ancestors.has(cell.index) || cell === place.cell
      ? []
      : [finding(place, 'warning', 'coordinateUnknownHere', step.cell)]
  const missing = [cell.left, cell.top].some(
    (parent) => parent !== ROOT && !ancestors.has(parent) && !moved.some((other) => other.index === parent),
  )
  return missing ? [finding(place, 'warning', 'coordinateUnknownHere', step.cell)] : []
}

/** Values that need themselves: a self-reference is legal only if a coordinate moves. */
function checkCycles(compiled: CompiledTemplate): void {
  const { cells, findings } = compiled
  const edges = cells.map((cell) =>
    cell.expression === undefined ? new Set<number>() : unmovedReads(compiled, cell.expression),
  )
  for (const component of components(edges)) {
    const first = component[0] as number
    if (component.length === 1 && !(edges[first] as Set<number>).has(first)) continue
    findings.push({
      level: 'error',
      cells: component.map((index) => (cells[index] as CompiledCell).address),
      key: 'valueCycle',
      part: 'value.expr',
    })
  }
}

/** Cells that an expression reads without a step to a sibling. */
function unmovedReads(compiled: CompiledTemplate, node: Node): Set<number> {
  const moving = new Set<Node>()
  walk(node, (part) => {
    // The first argument is read at a sibling, the second names a level.
    if (part.kind === 'call' && (part.name === 'PREV' || part.name === 'SAME'))
      for (const arg of part.args.slice(0, 2)) moving.add(arg)
    if (part.kind !== 'reference' || part.scope === undefined || part.scope === '*') return
    if ([...part.scope.left, ...part.scope.top].some((step) => step.kind !== 'current')) moving.add(part)
  })
  const reads = new Set<number>()
  walk(node, (part) => {
    if (moving.has(part) || (part.kind !== 'reference' && part.kind !== 'own' && part.kind !== 'range')) return
    for (const index of cellsRead(compiled, part.kind === 'reference' ? { kind: 'reference', cell: part.cell } : part))
      reads.add(index)
  })
  return reads
}
