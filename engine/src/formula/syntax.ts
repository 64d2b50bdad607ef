import type { Scalar } from './values.ts'

export type BinaryOperator =
  'OR' | 'AND' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'IN' | 'LIKE' | '+' | '-' | '&&' | '*' | '/' | '%' | '^'

/** One step of a hierarchical coordinate, `P`, `P:-1`, `P:2` or `P:!-1`. */
export type Coordinate =
  | { cell: string; kind: 'current' }
  | { cell: string; kind: 'relative'; offset: number }
  | { cell: string; kind: 'absolute'; position: number }
  | { cell: string; kind: 'fromEnd'; position: number }

export interface ReferenceNode {
  kind: 'reference'
  cell: string
  /** `*` is all instances; none is the bare name. */
  scope?: '*' | { left: Coordinate[]; top: Coordinate[] }
  filter?: Node
}

export interface CallNode {
  kind: 'call'
  name: string
  args: Node[]
}

export interface FieldNode {
  kind: 'field'
  of: 'row' | 'param' | 'user'
  name: string
}

export interface RangeNode {
  kind: 'range'
  from: string
  to: string
}

/** The tree of an expression. Plain data: two trees of equal meaning are deeply equal. */
export type Node =
  | { kind: 'literal'; value: Scalar }
  | { kind: 'this' }
  | { kind: 'unary'; operator: '-' | 'NOT'; operand: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }
  | CallNode
  | ReferenceNode
  | RangeNode
  | { kind: 'ordinal'; cell: string }
  | { kind: 'own'; cell: string }
  | FieldNode
  | { kind: 'array'; items: Node[] }

/** Parts of a node that are expressions themselves, in the order of the text. */
export function partsOfNode(node: Node): Node[] {
  switch (node.kind) {
    case 'unary':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    case 'call':
      return node.args
    case 'array':
      return node.items
    case 'reference':
      return node.filter === undefined ? [] : [node.filter]
    default:
      return []
  }
}

/** Calls `visit` for a node and everything below it, filters included. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const part of partsOfNode(node)) walk(part, visit)
}
