import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { num } from './decimal.ts'
import { FormulaSyntaxError } from './lexer.ts'
import { parse } from './parser.ts'
import { print } from './printer.ts'
import type { BinaryOperator, Coordinate, Node } from './syntax.ts'

const cell = fc.constantFrom('A1', 'B2', 'AA10', 'C2')
const literal: fc.Arbitrary<Node> = fc
  .oneof(
    fc.nat(1000),
    fc.tuple(fc.nat(99_999), fc.integer({ min: 1, max: 4 })).map(([c, s]) => num(BigInt(c), s)),
    fc.string({ maxLength: 6 }),
    fc.constantFrom('"', "'", '他说"好"', '𠮷'),
    fc.boolean(),
    fc.constant(null),
  )
  .map((value): Node => ({ kind: 'literal', value }))
const coordinate: fc.Arbitrary<Coordinate> = fc.oneof(
  cell.map((name) => ({ cell: name, kind: 'current' as const })),
  fc
    .tuple(cell, fc.integer({ min: 1, max: 9 }), fc.boolean())
    .map(([name, n, back]) => ({ cell: name, kind: 'relative' as const, offset: back ? -n : n })),
  fc
    .tuple(cell, fc.integer({ min: 1, max: 9 }), fc.constantFrom('absolute' as const, 'fromEnd' as const))
    .map(([name, position, kind]) => ({ cell: name, kind, position })),
)
const scope = fc.oneof(
  fc.constant('*' as const),
  fc.record({ left: fc.array(coordinate, { maxLength: 2 }), top: fc.array(coordinate, { maxLength: 2 }) }),
)

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    fc.constant<Node>({ kind: 'this' }),
    cell.map((name): Node => ({ kind: 'reference', cell: name })),
    cell.map((name): Node => ({ kind: 'ordinal', cell: name })),
    cell.map((name): Node => ({ kind: 'own', cell: name })),
    fc.tuple(cell, cell).map(([from, to]): Node => ({ kind: 'range', from, to })),
    fc
      .tuple(
        fc.constantFrom('row' as const, 'param' as const, 'user' as const),
        fc.constantFrom('amount', '数量', 'with space'),
      )
      .map(([of, name]): Node => ({ kind: 'field', of, name })),
    fc.tuple(cell, scope, fc.option(tie('node'), { nil: undefined })).map(([name, s, filter]): Node => ({
      kind: 'reference',
      cell: name,
      scope: s,
      ...(filter === undefined ? {} : { filter }),
    })),
    fc
      .tuple(fc.constantFrom('SUM', 'IF', 'LOG10'), fc.array(tie('node'), { maxLength: 3 }))
      .map(([name, args]): Node => ({ kind: 'call', name, args })),
    fc.array(tie('node'), { maxLength: 3 }).map((items): Node => ({ kind: 'array', items })),
    fc
      .tuple(fc.constantFrom('-' as const, 'NOT' as const), tie('node'))
      .map(([operator, operand]): Node => ({ kind: 'unary', operator, operand })),
    fc
      .tuple(
        fc.constantFrom<BinaryOperator>(
          'OR',
          'AND',
          '=',
          '<>',
          '<',
          '<=',
          '>',
          '>=',
          'IN',
          'LIKE',
          '+',
          '-',
          '&&',
          '*',
          '/',
          '%',
          '^',
        ),
        tie('node'),
        tie('node'),
      )
      .map(([operator, left, right]): Node => ({ kind: 'binary', operator, left, right })),
  ),
}))

describe('expressions', () => {
  it('are the same after printing and parsing', () => {
    fc.assert(
      fc.property(node, (tree) => {
        expect(parse(print(tree))).toEqual(tree)
      }),
      { numRuns: 3000 },
    )
  })

  it('keep their meaning with as few brackets as possible', () => {
    const kept = [
      '1+2*3',
      '(1+2)*3',
      'a',
      '-2^2',
      '(-2)^2',
      '2^-1',
      '2^3^2',
      '(2^3)^2',
      'A1-(B1-C1)',
      'NOT A1=B1',
      '(NOT A1)=B1',
      'A1 AND (B1 OR C1)',
      'C2[A2:-1]{B2=$B2}',
      'B3[;B1:-1]',
      'C2[A2:-1,B2:!-1]',
      '&B2>1',
      'A1 IN {1,2}',
      'row.age>=30 AND row.age<40',
      '"a"&&"b"',
    ]
    for (const text of kept.filter((t) => t !== 'a')) expect(print(parse(text))).toBe(text)
  })

  it('read what authors write in other ways', () => {
    expect(print(parse('=sum( c2 ) + 1'))).toBe('SUM(C2)+1')
    expect(print(parse("row.a = 'x'"))).toBe('row.a="x"')
    expect(print(parse('A1 IN (1, 2)'))).toBe('A1 IN {1,2}')
    expect(print(parse('C2[A2:0]'))).toBe('C2[A2]')
    expect(print(parse('a1 and not b1'))).toBe('A1 AND NOT B1')
  })

  it('name the place where they cannot be read', () => {
    const problem = (text: string): [string, number] => {
      try {
        parse(text)
      } catch (error) {
        if (error instanceof FormulaSyntaxError) return [error.key, error.at]
      }
      throw new Error(`${text} was read`)
    }
    expect(problem('1+')).toEqual(['unfinished', 2])
    expect(problem('SUM(C2')).toEqual(['expected', 6])
    expect(problem('"abc')).toEqual(['openText', 0])
    expect(problem('1 2')).toEqual(['unexpected', 2])
    expect(problem('foo+1')).toEqual(['unknownWord', 0])
    expect(problem('A1=B1=C1')).toEqual(['unexpected', 5])
    expect(problem('`ls`')).toEqual(['unexpected', 0])
    expect(problem('('.repeat(500))).toEqual(['tooDeep', 100])
    expect(problem(`${'-'.repeat(500)}1`)[0]).toBe('tooDeep')
    expect(problem('1+'.repeat(5000))[0]).toBe('tooLong')
  })

  it('survive any text', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parse(text)
        } catch (error) {
          expect(error).toBeInstanceOf(FormulaSyntaxError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
