import { sameValue } from '../compare.ts'
import { onList, onScalars, onThunks, onValues, type FunctionDefinition, type Thunk } from '../function-table.ts'
import { isNum } from '../decimal.ts'
import { truth } from '../operators.ts'
import { Moment } from '../moment.ts'
import { FormulaError, flatten, isArray, isError, typeError, type Scalar, type Value } from '../values.ts'

const family = 'logic'

/** IF with an array of conditions decides element by element; otherwise only the chosen branch is evaluated. */
function chosen(condition: Value, then: Thunk, otherwise: Thunk): Value {
  if (isArray(condition)) {
    const yes = then()
    const no = otherwise()
    const part = (value: Value, i: number): Value => (isArray(value) ? (value[i] ?? null) : value)
    return condition.map((each, i) =>
      chosen(
        each,
        () => part(yes, i),
        () => part(no, i),
      ),
    )
  }
  const held = truth(condition)
  if (isError(held)) return held
  return held === true ? then() : otherwise()
}

function ifs(args: Thunk[]): Value {
  for (let i = 0; i + 1 < args.length; i += 2) {
    const held = truth((args[i] as Thunk)())
    if (isError(held)) return held
    if (held === true) return (args[i + 1] as Thunk)()
  }
  return args.length % 2 === 1 ? (args.at(-1) as Thunk)() : null
}

function switched(args: Thunk[]): Value {
  const value = (args[0] as Thunk)()
  if (isError(value)) return value
  for (let i = 1; i + 1 < args.length; i += 2) {
    const candidate = (args[i] as Thunk)()
    if (isError(candidate)) return candidate
    if (value === null ? candidate === null : candidate !== null && sameValue(value, candidate)) {
      return (args[i + 1] as Thunk)()
    }
  }
  return args.length % 2 === 0 ? (args.at(-1) as Thunk)() : null
}

/** Three-valued: one value that decides is enough, otherwise null if anything is unknown. */
function all(list: readonly Scalar[], decides: boolean): Value {
  let unknown = false
  for (const value of list) {
    const held = truth(value)
    if (held === decides || isError(held)) return held
    if (held === null) unknown = true
  }
  return unknown ? null : !decides
}

function isEmpty(value: Value): boolean {
  return (
    value === null || value === '' || (isArray(value) && flatten(value).every((part) => part === null || part === ''))
  )
}

function firstNotNull(args: Thunk[]): Value {
  for (const arg of args) {
    const value = arg()
    if (value !== null && !(isArray(value) && value.length === 0)) return value
  }
  return null
}

export const logicFunctions: FunctionDefinition[] = [
  onThunks('IF', { family, args: [2, 3] }, ([condition, then, otherwise]) =>
    chosen((condition as Thunk)(), then as Thunk, otherwise ?? (() => null)),
  ),
  onThunks('IFS', { family, args: [2, 255] }, ifs),
  onThunks('SWITCH', { family, args: [3, 255] }, switched),
  onThunks('IFERROR', { family, args: [2, 2] }, ([value, otherwise]) => {
    const first = (value as Thunk)()
    if (isArray(first)) return first.map((part) => (isError(part) ? (otherwise as Thunk)() : part))
    return isError(first) ? (otherwise as Thunk)() : first
  }),
  onThunks('NVL', { family, args: [2, 255], excel: null }, firstNotNull),
  onThunks('COALESCE', { family, args: [1, 255], excel: null }, firstNotNull),
  onList('AND', { family, args: [1, 255] }, (list) => all(list, false)),
  onList('OR', { family, args: [1, 255] }, (list) => all(list, true)),
  onScalars('NOT', { family, args: [1, 1] }, (args) => !args.flag(0, false)),
  onScalars(
    'XOR',
    { family, args: [1, 255] },
    (args) => args.values.filter((_, i) => args.flag(i, false)).length % 2 === 1,
  ),
  onScalars('NULLIF', { family, args: [2, 2], excel: null, nulls: 'pass' }, (args) => {
    const [a, b] = [args.value(0), args.value(1)]
    return a !== null && b !== null && sameValue(a, b) ? null : a
  }),
  onValues('ISNULL', { family, args: [1, 1], excel: 'ISBLANK' }, ([value]) =>
    isError(value as Value) ? false : value === null,
  ),
  onValues('ISBLANK', { family, args: [1, 1] }, ([value]) =>
    isError(value as Value) ? false : isEmpty(value as Value),
  ),
  onValues('ISERROR', { family, args: [1, 1] }, ([value]) => isError(value as Value)),
  onValues('ERRORCODE', { family, args: [1, 1], excel: null }, ([value]) =>
    value instanceof FormulaError ? value.code : null,
  ),
  onValues('ISNUMBER', { family, args: [1, 1] }, ([value]) => isNum(value)),
  onValues('ISTEXT', { family, args: [1, 1] }, ([value]) => typeof value === 'string'),
  onValues('ISLOGICAL', { family, args: [1, 1] }, ([value]) => typeof value === 'boolean'),
  onValues('ISDATE', { family, args: [1, 1], excel: null }, ([value]) => value instanceof Moment),
  onThunks('TRUE', { family, args: [0, 0] }, () => true),
  onThunks('FALSE', { family, args: [0, 0] }, () => false),
  onThunks('CHOOSE', { family, args: [2, 255] }, (args) => {
    const index = (args[0] as Thunk)()
    if (isError(index) || index === null) return index
    const picked = typeof index === 'number' ? args[index] : undefined
    return index === 0 || picked === undefined ? typeError('outOfRange', { position: '1' }) : picked()
  }),
]
