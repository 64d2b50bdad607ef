import { exactText } from './decimal.ts'
import { FormulaSyntaxError, tokenize, type Token } from './lexer.ts'
import type { BinaryOperator, Coordinate, FieldNode, Node, ReferenceNode } from './syntax.ts'

const MAX_DEPTH = 100
const CELL = /^[A-Za-z]{1,3}[1-9][0-9]{0,6}$/

/** Binary operators by strength; `^` is handled apart because it groups to the right. */
const LEVELS: BinaryOperator[][] = [
  ['OR'],
  ['AND'],
  ['=', '<>', '<', '<=', '>', '>=', 'IN', 'LIKE'],
  ['+', '-', '&&'],
  ['*', '/', '%'],
]
const COMPARISON = 2

/** Parses an expression. A leading `=` is allowed. Throws a FormulaSyntaxError with the position. */
export function parse(source: string): Node {
  const tokens = tokenize(source)
  const parser = new Parser(source.trimStart().startsWith('=') ? tokens.slice(1) : tokens)
  const node = parser.expression()
  parser.finish()
  return node
}

class Parser {
  private readonly tokens: Token[]
  private position = 0
  private depth = 0

  constructor(tokens: Token[]) {
    this.tokens = tokens
  }

  expression(): Node {
    if ((this.depth += 1) > MAX_DEPTH) throw new FormulaSyntaxError('tooDeep', this.peek().at)
    const node = this.level(0)
    this.depth -= 1
    return node
  }

  finish(): void {
    if (this.peek().kind !== 'end') throw this.unexpected()
  }

  private level(index: number): Node {
    const operators = LEVELS[index]
    if (operators === undefined) return this.unary()
    let left = index === COMPARISON ? this.negation(index) : this.level(index + 1)
    for (;;) {
      const operator = this.takeOperator(operators)
      if (operator === undefined) return left
      const right = operator === 'IN' ? this.list(index + 1) : this.level(index + 1)
      left = { kind: 'binary', operator, left, right }
      if (index === COMPARISON) return left
    }
  }

  /** `NOT` stands above a comparison. */
  private negation(index: number): Node {
    if (!this.takeWord('NOT')) return this.level(index + 1)
    if ((this.depth += 1) > MAX_DEPTH) throw new FormulaSyntaxError('tooDeep', this.peek().at)
    const operand = this.level(index)
    this.depth -= 1
    return { kind: 'unary', operator: 'NOT', operand }
  }

  /** After IN, `(1, 2)` is a list as well. */
  private list(index: number): Node {
    if (!this.isSign('(')) return this.level(index)
    const before = this.position
    this.take()
    const items = this.commaSeparated(')')
    if (items.length !== 1) return { kind: 'array', items }
    this.position = before
    return this.level(index)
  }

  private unary(): Node {
    if (!this.isSign('-')) return this.power()
    this.take()
    if ((this.depth += 1) > MAX_DEPTH) throw new FormulaSyntaxError('tooDeep', this.peek().at)
    const operand = this.unary()
    this.depth -= 1
    return { kind: 'unary', operator: '-', operand }
  }

  private power(): Node {
    const left = this.atom()
    if (!this.isSign('^')) return left
    this.take()
    return { kind: 'binary', operator: '^', left, right: this.unary() }
  }

  private atom(): Node {
    const token = this.take()
    if (token.kind === 'number' || token.kind === 'text') return { kind: 'literal', value: token.value }
    if (token.kind === 'name') return this.named(token)
    if (token.kind === 'end') throw new FormulaSyntaxError('unfinished', token.at)
    if (token.text === '(') {
      const inner = this.expression()
      this.expect(')')
      return inner
    }
    if (token.text === '&') return { kind: 'ordinal', cell: this.cell() }
    if (token.text === '$') return { kind: 'own', cell: this.cell() }
    if (token.text === '{') return { kind: 'array', items: this.commaSeparated('}') }
    if (token.text === '[') return { kind: 'array', items: this.commaSeparated(']') }
    throw this.unexpected(token)
  }

  private named(token: Extract<Token, { kind: 'name' }>): Node {
    const word = token.text.toUpperCase()
    if (this.isSign('(')) {
      this.take()
      return { kind: 'call', name: word, args: this.commaSeparated(')') }
    }
    if (word === 'TRUE' || word === 'FALSE') return { kind: 'literal', value: word === 'TRUE' }
    if (word === 'NULL') return { kind: 'literal', value: null }
    if (word === 'THIS') return { kind: 'this' }
    const of = token.text.toLowerCase()
    if (this.isSign('.') && (of === 'row' || of === 'param' || of === 'user')) return this.field(of)
    if (CELL.test(token.text)) return this.reference(word)
    throw new FormulaSyntaxError('unknownWord', token.at, { found: token.text })
  }

  private field(of: FieldNode['of']): Node {
    this.take()
    const token = this.take()
    if (token.kind === 'name') return { kind: 'field', of, name: token.text }
    if (token.kind === 'text') return { kind: 'field', of, name: token.value }
    throw this.unexpected(token)
  }

  private reference(cell: string): Node {
    if (this.isSign(':')) {
      this.take()
      return { kind: 'range', from: cell, to: this.cell() }
    }
    const node: ReferenceNode = { kind: 'reference', cell }
    if (this.isSign('[')) node.scope = this.coordinates()
    if (this.isSign('{')) {
      this.take()
      node.filter = this.expression()
      this.expect('}')
    }
    return node
  }

  private coordinates(): NonNullable<ReferenceNode['scope']> {
    this.take()
    if (this.isSign('*')) {
      this.take()
      this.expect(']')
      return '*'
    }
    const left = this.coordinateList()
    const top = this.takeSign(';') ? this.coordinateList() : []
    this.expect(']')
    return { left, top }
  }

  private coordinateList(): Coordinate[] {
    const list: Coordinate[] = []
    if (this.isSign(';') || this.isSign(']')) return list
    do list.push(this.coordinate())
    while (this.takeSign(','))
    return list
  }

  private coordinate(): Coordinate {
    const cell = this.cell()
    if (!this.takeSign(':')) return { cell, kind: 'current' }
    if (this.takeSign('!-')) return { cell, kind: 'fromEnd', position: this.whole() }
    if (this.takeSign('+')) return relative(cell, this.whole())
    if (this.takeSign('-')) return relative(cell, -this.whole())
    const position = this.whole()
    return position === 0 ? { cell, kind: 'current' } : { cell, kind: 'absolute', position }
  }

  private whole(): number {
    const token = this.take()
    if (token.kind !== 'number' || typeof token.value !== 'number') throw this.unexpected(token)
    return token.value
  }

  private cell(): string {
    const token = this.take()
    if (token.kind !== 'name' || !CELL.test(token.text)) throw new FormulaSyntaxError('cellExpected', token.at)
    return token.text.toUpperCase()
  }

  private commaSeparated(close: string): Node[] {
    const items: Node[] = []
    if (this.takeSign(close)) return items
    do items.push(this.expression())
    while (this.takeSign(','))
    this.expect(close)
    return items
  }

  private takeOperator(operators: readonly BinaryOperator[]): BinaryOperator | undefined {
    const token = this.peek()
    const text = token.kind === 'sign' ? token.text : token.kind === 'name' ? token.text.toUpperCase() : ''
    const operator = operators.find((candidate) => candidate === text)
    if (operator !== undefined) this.position += 1
    return operator
  }

  private takeWord(word: string): boolean {
    const token = this.peek()
    const next = this.tokens[this.position + 1]
    if (token.kind !== 'name' || token.text.toUpperCase() !== word) return false
    // `NOT(x)` is the operator with brackets, so it needs no case of its own.
    if (next === undefined) return false
    this.position += 1
    return true
  }

  private isSign(text: string): boolean {
    const token = this.peek()
    return token.kind === 'sign' && token.text === text
  }

  private takeSign(text: string): boolean {
    const found = this.isSign(text)
    if (found) this.position += 1
    return found
  }

  private expect(text: string): void {
    if (!this.takeSign(text)) throw new FormulaSyntaxError('expected', this.peek().at, { expected: text })
  }

  private peek(): Token {
    return this.tokens[this.position] as Token
  }

  private take(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.position += 1
    return token
  }

  private unexpected(token: Token = this.peek()): FormulaSyntaxError {
    if (token.kind === 'end') return new FormulaSyntaxError('unfinished', token.at)
    const found = token.kind === 'number' ? exactText(token.value) : token.kind === 'text' ? token.value : token.text
    return new FormulaSyntaxError('unexpected', token.at, { found })
  }
}

function relative(cell: string, offset: number): Coordinate {
  return offset === 0 ? { cell, kind: 'current' } : { cell, kind: 'relative', offset }
}
