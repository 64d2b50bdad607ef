import { compareForSort, sameValue } from '../compare.ts'
import { exactText, isNum } from '../decimal.ts'
import { onScalars, onThunks, onValues, type FunctionDefinition, type Thunk } from '../function-table.ts'
import { FormulaError, flatten, isArray, isError, textOf, typeError, type Value } from '../values.ts'

const family = 'lookup'

/** Value of a column in the first row of a dataset whose key column equals a value; the others with LOOKUPALL. */
function datasetValues(
  args: Thunk[],
  context: Parameters<FunctionDefinition['run']>[1],
): readonly Value[] | FormulaError {
  const [dataset, key, value, output] = args.slice(0, 4).map((arg) => arg())
  const error = [dataset, key, value, output].find((part) => part !== undefined && isError(part))
  if (error !== undefined) return error as FormulaError
  if (typeof dataset !== 'string' || typeof key !== 'string' || typeof output !== 'string')
    return typeError('namesExpected')
  if (value === null || value === undefined) return []
  const query = { dataset, key, value, output }
  return (
    context.lookup?.(query) ??
    new FormulaError('#REF!', { key: 'unknownLookup', details: { name: `${dataset}.${key}, ${output}` } })
  )
}

const list = (value: Value | undefined): readonly Value[] =>
  value === undefined ? [] : isArray(value) ? value : [value]

/** Place of a value in a list, from 1. Mode 0 equal, 1 the last not above it, −1 the last not below it. */
function match(value: Value, candidates: readonly Value[], mode: number): number {
  if (mode === 0) return candidates.findIndex((candidate) => candidate !== null && sameValue(value, candidate)) + 1
  let best = 0
  candidates.forEach((candidate, i) => {
    if (candidate !== null && compareForSort(candidate, value, false) * mode <= 0) best = i + 1
  })
  return best
}

const notFound = (value: Value): FormulaError =>
  new FormulaError('#REF!', { key: 'notFound', details: { text: textOf(value).slice(0, 40) } })

export const lookupFunctions: FunctionDefinition[] = [
  onThunks('LOOKUP', { family, args: [4, 5], excel: null }, (args, context) => {
    const found = datasetValues(args, context)
    return isError(found as Value) ? (found as FormulaError) : ((found as readonly Value[])[0] ?? args[4]?.() ?? null)
  }),
  onThunks('LOOKUPALL', { family, args: [4, 4], excel: null }, datasetValues),
  onScalars('DICT', { family, args: [2, 3], excel: null }, (args, context) => {
    const dictionary = context.dictionaries.get(args.text(0))
    if (dictionary === undefined)
      return new FormulaError('#REF!', { key: 'unknownDictionary', details: { name: args.text(0) } })
    const value = args.value(1)
    return dictionary.get(isNum(value) ? exactText(value) : textOf(value)) ?? (args.count > 2 ? args.value(2) : value)
  }),
  onValues('INDEX', { family, args: [2, 2] }, ([values, place]) => {
    if (isError(place as Value)) return place as FormulaError
    const items = list(values)
    if (typeof place !== 'number') return place === null ? null : typeError('numberExpected', { position: '2' })
    return items[Math.trunc(place) - 1] ?? null
  }),
  onValues('MATCH', { family, args: [2, 3] }, ([value, values, mode]) => {
    if (value === null || isError(value as Value)) return value as Value
    const place = match(value as Value, flatten(values as Value), mode === undefined ? 0 : Number(mode))
    return place === 0 ? notFound(value as Value) : place
  }),
  onValues('XLOOKUP', { family, args: [3, 4] }, ([value, keys, values, otherwise]) => {
    if (value === null || isError(value as Value)) return value as Value
    const place = match(value as Value, flatten(keys as Value), 0)
    if (place === 0) return otherwise ?? notFound(value as Value)
    return list(values)[place - 1] ?? null
  }),
  onValues('SORT', { family, args: [1, 2], excel: null }, ([values, descending]) => {
    const items = flatten(values as Value)
    return items.toSorted((a, b) => compareForSort(a, b, descending === true))
  }),
  onValues('REVERSE', { family, args: [1, 1], excel: null }, ([values]) => [...list(values)].reverse()),
  onValues('SLICE', { family, args: [2, 3], excel: null }, ([values, from, count]) => {
    if (typeof from !== 'number') return typeError('numberExpected', { position: '2' })
    const start = from > 0 ? from - 1 : from
    return list(values).slice(
      start,
      typeof count === 'number' ? (start < 0 ? list(values).length + start : start) + count : undefined,
    )
  }),
  onValues('SIZE', { family, args: [1, 1], excel: null }, ([values]) => (values === null ? 0 : list(values).length)),
  onValues('HAS', { family, args: [2, 2], excel: null }, ([values, value]) =>
    flatten(values as Value).some(
      (candidate) => candidate !== null && value !== null && sameValue(candidate, value as Value),
    ),
  ),
  onScalars('USER', { family, args: [1, 1], excel: null }, (args, context) => context.user.get(args.text(0)) ?? null),
]
