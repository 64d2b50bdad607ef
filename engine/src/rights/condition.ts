import type { Bilingual } from '@gemba/contracts/catalog'
import { isNum, toNumber } from '../formula/decimal.ts'
import { FormulaSyntaxError } from '../formula/lexer.ts'
import { parse } from '../formula/parser.ts'
import type { CallNode, FieldNode, Node } from '../formula/syntax.ts'
import { type ColumnType, type Fact, columnNamed } from './facts.ts'

/** Attributes that every user has: `id` is one text, the others are lists. */
export const OWN_ATTRIBUTES = [
  'id',
  'roles',
  'groups',
  'sites',
  'places',
  'departments',
  'suppliers',
  'customers',
] as const

/** Why a condition cannot be used, for the person who writes it. */
export interface ConditionFault {
  position: number | null
  message: Bilingual
}

/** A condition whose every name and type is known. */
export interface Condition {
  readonly node: Node
  /** Names after `user.` that it reads. */
  readonly attributes: readonly string[]
}

export interface Names {
  fact: Fact
  /** Attributes beside the own ones. */
  attributes: readonly string[]
}

type OperandType = ColumnType | 'texts'
const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>='])

class Refusal extends Error {
  readonly zh: string
  readonly en: string
  constructor(zh: string, en: string) {
    super(en)
    this.zh = zh
    this.en = en
  }
}

const SYNTAX: Record<string, [string, string]> = {
  unfinished: ['条件没有写完', 'the condition is not finished'],
  openText: ['引号没有闭合', 'a quotation mark is missing'],
  unknownWord: [
    '不认识的词；列写作 row.列名，用户属性写作 user.属性名',
    'an unknown word; write row.column or user.attribute',
  ],
  tooDeep: ['嵌套过深', 'nested too deeply'],
  tooLong: ['过长', 'too long'],
  expected: ['缺少符号', 'a sign is missing'],
  unexpected: ['此处不应有这个符号', 'this sign does not belong here'],
}

/** Parses and checks a condition. Every column, attribute and type must be known: what is not is refused here. */
export function checkCondition(text: string, names: Names): Condition | ConditionFault {
  try {
    const node = parse(text)
    const attributes = new Set<string>()
    flag(node, { ...names, seen: attributes })
    return { node, attributes: [...attributes].sort() }
  } catch (error) {
    if (error instanceof Refusal) return { position: null, message: { zh: error.zh, en: error.en } }
    if (!(error instanceof FormulaSyntaxError)) throw error
    const [zh, en] = SYNTAX[error.key] ?? ['无法理解', 'cannot be understood']
    const { at } = error
    return { position: at, message: { zh: `第 ${at + 1} 个字符：${zh}`, en: `character ${at + 1}: ${en}` } }
  }
}

export const isFault = (result: Condition | ConditionFault): result is ConditionFault => 'message' in result

interface Checking extends Names {
  seen: Set<string>
}

/** Refuses what is not a condition. */
function flag(node: Node, names: Checking): void {
  if (node.kind === 'literal' && typeof node.value === 'boolean') return
  if (node.kind === 'unary' && node.operator === 'NOT') return flag(node.operand, names)
  if (node.kind === 'call') return call(node, names)
  if (node.kind === 'field' && node.of === 'row') {
    if (operand(node, names) === 'flag') return
    throw new Refusal(`row.${node.name} 不是条件，请与一个值比较`, `row.${node.name} is no condition: compare it`)
  }
  if (node.kind !== 'binary')
    throw new Refusal('这里需要一个条件，例如 row.site = "SUZ"', 'a condition is needed here, such as row.site = "SUZ"')
  const { operator, left, right } = node
  if (operator === 'AND' || operator === 'OR') {
    flag(left, names)
    flag(right, names)
  } else if (COMPARISONS.has(operator)) compared(left, right, names)
  else if (operator === 'IN') contained(left, right, names)
  else if (operator === 'LIKE') {
    texts(operand(left, names))
    constantText(right, names)
  } else throw new Refusal(`规则中不能使用 ${operator}`, `${operator} cannot be used in a rule`)
}

function compared(left: Node, right: Node, names: Checking): void {
  for (const side of [left, right])
    if (side.kind === 'literal' && side.value === null)
      throw new Refusal('与空值比较请用 ISNULL(row.列名)', 'to compare with nothing use ISNULL(row.column)')
  const types = [operand(left, names), operand(right, names)]
  if (types.includes('texts'))
    throw new Refusal('用户属性是列表，请用 IN 比较', 'the attribute is a list: compare it with IN')
  if (types[0] !== types[1]) throw new Refusal('两边类型不同，不能比较', 'the two sides are of different types')
}

function contained(left: Node, right: Node, names: Checking): void {
  const type = operand(left, names)
  if (right.kind === 'field' && right.of === 'user' && operand(right, names) === 'texts') return texts(type)
  if (right.kind !== 'array')
    throw new Refusal(
      'IN 之后需要一个列表，例如 ("A", "B") 或 user.customers',
      'IN needs a list such as ("A", "B") or user.customers',
    )
  for (const item of right.items)
    if (item.kind !== 'literal' || item.value === null || operand(item, names) !== type)
      throw new Refusal('列表的值与左边类型不同', 'the values of the list differ in type from the left side')
}

function call(node: CallNode, names: Checking): void {
  const [first, second] = node.args
  if (node.name === 'ISNULL' && first?.kind === 'field' && first.of === 'row' && node.args.length === 1)
    return void operand(first, names)
  if (node.name === 'STARTSWITH' && first && second && node.args.length === 2) {
    texts(operand(first, names))
    return constantText(second, names)
  }
  throw new Refusal(
    `规则中不能使用 ${node.name}；可用 ISNULL(row.列名)、STARTSWITH(row.列名, "前缀")`,
    `${node.name} cannot be used in a rule; there are ISNULL(row.column) and STARTSWITH(row.column, "prefix")`,
  )
}

function texts(type: OperandType): void {
  if (type !== 'text') throw new Refusal('这里需要文本', 'a text is needed here')
}

/** A pattern is known before the rows are: a text, or the id of the user. */
function constantText(node: Node, names: Checking): void {
  const isConstant = node.kind === 'literal' || (node.kind === 'field' && node.of === 'user')
  if (!isConstant || operand(node, names) !== 'text')
    throw new Refusal('样式必须是固定文本', 'the pattern must be a fixed text')
}

function operand(node: Node, names: Checking): OperandType {
  if (node.kind === 'field') return field(node, names)
  const value = constantOf(node)
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'flag'
  if (typeof value === 'number') return 'number'
  throw new Refusal('这里需要一列、一个值或一个用户属性', 'a column, a value or a user attribute is needed here')
}

function field(node: FieldNode, { fact, attributes, seen }: Checking): OperandType {
  if (node.of === 'row') {
    const column = columnNamed(fact, node.name)
    if (column) return column.type
    throw new Refusal(
      `“${fact.name.zh}”没有列 ${node.name}；有 ${fact.columns.map(({ name }) => name).join('、')}`,
      `${fact.name.en} has no column ${node.name}; it has ${fact.columns.map(({ name }) => name).join(', ')}`,
    )
  }
  const known = [...OWN_ATTRIBUTES, ...attributes]
  if (node.of === 'param' || !known.includes(node.name))
    throw new Refusal(
      `没有用户属性 ${node.name}；有 ${known.join('、')}`,
      `there is no user attribute ${node.name}; there are ${known.join(', ')}`,
    )
  seen.add(node.name)
  return node.name === 'id' ? 'text' : 'texts'
}

/** The value of a literal, a negative number included; undefined when the node is no constant. */
export function constantOf(node: Node): string | number | boolean | undefined {
  if (node.kind === 'unary' && node.operator === '-') {
    const value = constantOf(node.operand)
    return typeof value === 'number' ? -value : undefined
  }
  if (node.kind !== 'literal') return undefined
  const { value } = node
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return isNum(value) ? toNumber(value) : undefined
}
