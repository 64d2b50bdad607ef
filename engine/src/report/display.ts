import { exactText, isNum, shownNum, toNumber } from '../formula/decimal.ts'
import { localMoment } from '../formula/function-table.ts'
import { Moment } from '../formula/moment.ts'
import { formatValue } from '../formula/number-format.ts'
import { isArray, textOf, valueOf, type Value } from '../formula/values.ts'
import type { CompiledCell } from './compiled.ts'
import type { RunState } from './run-state.ts'
import { literalIn, type Locale } from './words.ts'

/** What is shown of a value. `number` is there if it is a number that no format, dictionary or condition touched. */
export interface Display {
  readonly text: string
  readonly number?: number
  /** Colour that the format asks for. */
  readonly colour?: string | undefined
  /** The display is a format of the value, so a spreadsheet can have the value with that format. */
  readonly faithful: boolean
}

/** The text is made when somebody asks for it: a spreadsheet takes the value and the format. */
class Formatted implements Display {
  readonly faithful: boolean
  private readonly value: Value
  private readonly format: string
  private readonly locale: Locale
  private made: ReturnType<typeof formatValue> | undefined

  // eslint-disable-next-line max-params -- one is made for each cell of a sheet
  constructor(value: Value, format: string, locale: Locale, faithful: boolean) {
    this.value = value
    this.format = format
    this.locale = locale
    this.faithful = faithful
  }

  get text(): string {
    return this.formatted.text
  }

  get colour(): string | undefined {
    return this.formatted.colour
  }

  private get formatted(): ReturnType<typeof formatValue> {
    return (this.made ??= formatValue(this.value, this.format, this.locale))
  }
}

/** Properties that conditions set, merged. */
export type Settings = Readonly<Record<string, unknown>>

const nothing: Display = { text: '', faithful: true }

/** Value, then dictionary text, then the display of a condition, then the format (specification 1.8). */
export function displayOf(
  run: RunState,
  cell: CompiledCell,
  { value, settings }: { value: Value; settings: Settings | undefined },
): Display {
  const { locale } = run.context
  let shown = settings !== undefined && 'value' in settings ? literalIn(settings['value'], locale) : value
  let faithful = shown === value
  const format = typeof settings?.['format'] === 'string' ? settings['format'] : cell.source.format
  if (settings !== undefined && 'display' in settings) {
    shown = literalIn(settings['display'], locale)
    return single(run, shown, { format, faithful: false })
  }
  if (shown === null && emptyText(cell) !== undefined) {
    shown = valueOf(emptyText(cell))
    faithful = false
  }
  const dictionary = dictionaryOf(run, cell)
  if (isArray(shown)) {
    const parts = shown.filter((part) => part !== null)
    return { text: parts.map((part) => shownPart(run, part, { format, dictionary }).text).join(','), faithful: false }
  }
  const result = shownPart(run, shown, { format, dictionary })
  if (faithful) return result
  const { text, colour, number } = result
  return {
    text,
    faithful: false,
    ...(colour === undefined ? {} : { colour }),
    ...(number === undefined ? {} : { number }),
  }
}

interface Manner {
  format: string | undefined
  dictionary: ReadonlyMap<string, string> | undefined
}

function shownPart(run: RunState, value: Value, { format, dictionary }: Manner): Display {
  if (isArray(value))
    return { text: value.map((inner) => shownPart(run, inner, { format, dictionary }).text).join(','), faithful: false }
  const word = value === null ? undefined : dictionary?.get(plainText(value))
  return single(run, word ?? value, { format, faithful: word === undefined })
}

/** Dictionaries are keyed by the exact digits, not by the 15 that are shown. */
const plainText = (value: Value): string => (isNum(value) ? exactText(value) : textOf(value))

function single(
  run: RunState,
  value: Value,
  { format, faithful }: { format: string | undefined; faithful: boolean },
): Display {
  if (value === null) return faithful ? nothing : { text: '', faithful }
  const local = value instanceof Moment ? localMoment(value, run.context.timeZone) : value
  if (format !== undefined && format !== '') return new Formatted(local, format, run.context.locale, faithful)
  if (isNum(local)) return { text: textOf(local), number: toNumber(shownNum(local)), faithful }
  return { text: textOf(local), faithful }
}

function emptyText(cell: CompiledCell): unknown {
  const { value } = cell.source
  return value !== undefined && 'emptyAs' in value ? value.emptyAs : undefined
}

function dictionaryOf(run: RunState, cell: CompiledCell): ReadonlyMap<string, string> | undefined {
  const { value } = cell.source
  const name = value !== undefined && 'dict' in value ? value.dict : undefined
  return name === undefined ? undefined : run.context.dictionaries.get(name)
}
