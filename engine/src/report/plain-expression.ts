import { compile } from '../formula/evaluate.ts'
import type { FunctionContext } from '../formula/function-table.ts'
import { FormulaSyntaxError } from '../formula/lexer.ts'
import { parse } from '../formula/parser.ts'
import { FormulaError, type Value } from '../formula/values.ts'

/** An expression that stands outside the sheet, such as the default of a parameter: it knows parameters, no cells. */
export function plainValue(
  text: string,
  { context, params }: { context: FunctionContext; params: ReadonlyMap<string, Value> },
): Value {
  const noCell = (): Value => new FormulaError('#REF!', { key: 'noCellsHere' })
  try {
    const evaluate = compile<undefined>(parse(text), {
      context,
      spend: () => undefined,
      reference: () => noCell,
      range: () => noCell,
      ordinal: () => noCell,
      own: () => noCell,
      self: () => noCell,
      field: (node) => () =>
        node.of === 'param'
          ? (params.get(node.name) ?? null)
          : node.of === 'user'
            ? (context.user.get(node.name) ?? null)
            : noCell(),
      call: () => undefined,
    })
    return evaluate(undefined)
  } catch (error) {
    if (!(error instanceof FormulaSyntaxError)) throw error
    return new FormulaError('#NAME?', { key: 'syntax', details: { problem: error.key, text } })
  }
}
