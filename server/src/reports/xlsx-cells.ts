import { exactText, isNum, toNumber, type Num } from '@gemba/engine/formula/decimal'
import { localMoment } from '@gemba/engine/formula/function-table'
import { Moment, serialOf } from '@gemba/engine/formula/moment'
import { isError } from '@gemba/engine/formula/values'
import { columnName } from '@gemba/engine/report/address'
import { formulaTranslator, type FormulaOf } from '@gemba/engine/report/excel-formulas'
import type { Look } from '@gemba/engine/report/look'
import type { ReportResult, ShownCell } from '@gemba/engine/report/report-result'
import { subFormulasOf, templateCellOf, type SubFormulas } from '@gemba/engine/report/sub-formulas'
import { cellLink } from './cell-links.ts'
import { PAINT_LIMITS } from './paint-limits.ts'
import { escaped, type ReportDocument } from './report-document.ts'
import type { Picture, XlsxPictures } from './xlsx-pictures.ts'
import type { XlsxStyles } from './xlsx-styles.ts'

/** Errors that a spreadsheet knows; others are written as text. */
const KNOWN_ERRORS: Readonly<Record<string, string>> = {
  '#DIV/0!': '#DIV/0!',
  '#NAME?': '#NAME?',
  '#REF!': '#REF!',
  // As text a sum of the spreadsheet would pass over it.
  '#HIDDEN!': '#N/A',
}
/** Functions younger than the file format are written with this prefix. */
const YOUNG =
  /\b(CONCAT|DAYS|IFS|ISOWEEKNUM|MAXIFS|MINIFS|PERCENTILE\.INC|QUARTILE\.INC|RANK\.EQ|SEQUENCE|STDEV\.[PS]|SWITCH|TEXTJOIN|VAR\.[PS]|XOR)(?=\()/g
const SIGNIFICANT = 15
const LONGEST_NUMBER = 10 ** SIGNIFICANT
const FIRST_DAY = -2_208_988_800_000

/** What was left out while writing, counted. */
export interface CellLosses {
  cutTexts: number
  links: number
  /** Links to cells that are not in the file. */
  places: number
  /** Sub-reports that stand as text, since their box has fewer rows or columns than they need. */
  boxes: number
  /** Template cell and reason → how many formulas became values. */
  formulas: Map<string, { cell: string; key: string; count: number }>
}

/** A value as a spreadsheet holds it. */
interface Held {
  type: '' | 's' | 'b' | 'e'
  text: string
  format: string
  align: 'left' | 'right' | undefined
}

/** A cell and what stands elsewhere in the file because of it. */
export interface CellParts {
  xml: string
  /** Its covered positions share it. */
  style: number
  link: string | null
  picture: Picture | undefined
  look: Look
}

/** The style that instances of a cell had last; mostly the next one has the same. */
interface Remembered {
  look: Look
  format: string
  align: Held['align']
  style: number
}

const MOST_PLAIN = 200
/** Text that needs no escape, no sign for kept blanks and no cut. */
const PLAIN =
  /^(?! )(?!.* {2})[^\u0000-\u001f&<>"'_\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff\ufeff\ufffe\uffff]*(?<! )$/

/** The value stays in the cell, to be found and counted; shown is the picture over it. */
const HIDDEN_FORMAT = ';;;'

/** Writes cells as XML of the sheet format: numbers stay numbers, text is never a formula. */
export class XlsxCells {
  readonly losses: CellLosses = { cutTexts: 0, links: 0, places: 0, boxes: 0, formulas: new Map() }
  private document: ReportDocument
  readonly styles: XlsxStyles
  readonly withFormulas: boolean
  private readonly pictures: XlsxPictures
  private formulaOf: FormulaOf | undefined
  private subFormulas: SubFormulas | undefined
  private readonly underlined = new Map<Look, Look>()
  private readonly remembered: (Remembered | undefined)[] = []

  constructor(
    document: ReportDocument,
    { styles, pictures, withFormulas }: { styles: XlsxStyles; pictures: XlsxPictures; withFormulas: boolean },
  ) {
    this.document = document
    this.styles = styles
    this.pictures = pictures
    this.withFormulas = withFormulas
  }

  /** The cells that come next are those of a portion of the report. */
  turnTo(result: ReportResult, formulaOf: FormulaOf = formulaTranslator(result.run)): void {
    this.document = { ...this.document, result }
    this.formulaOf = this.withFormulas ? formulaOf : undefined
    this.subFormulas = this.withFormulas ? subFormulasOf(result) : undefined
  }

  /** One shown cell at a row of the sheet, by its number as text, and a column. */
  cell(shown: ShownCell, row: string, column: number): CellParts {
    const own = shown.of.looks.of(shown.cell, shown.settings)
    const link = shown.cell.source.link === undefined ? null : cellLink(this.document, shown, { onScreen: false })
    const look = link === null ? own : this.asLink(own)
    const picture = this.pictures.of(shown)
    if (shown.boxed !== undefined) this.losses.boxes += 1
    const problem = picture !== undefined && 'problem' in picture ? picture.problem : undefined
    const drawn = picture !== undefined && 'bytes' in picture ? picture : undefined
    const held = problem === undefined ? this.held(shown, look.format ?? '') : textHeld(problem)
    const style = this.styleOf(shown.cell.index, {
      look,
      held,
      format: drawn === undefined ? held.format : HIDDEN_FORMAT,
    })
    return { xml: this.xml(shown, held, { style, row, column }), style, link, picture: drawn, look: own }
  }

  private styleOf(cell: number, { look, held, format }: { look: Look; held: Held; format: string }): number {
    const known = this.remembered[cell]
    const { align } = held
    if (known?.look === look && known.format === format && known.align === align) return known.style
    const style = this.styles.of(look, format, align)
    this.remembered[cell] = { look, format, align, style }
    return style
  }

  /** Links are underlined, as on a page. */
  private asLink(look: Look): Look {
    const known = this.underlined.get(look)
    if (known !== undefined) return known
    const linked = { ...look, underline: true }
    this.underlined.set(look, linked)
    return linked
  }

  private xml(
    shown: ShownCell,
    held: Held,
    { style, row, column }: { style: number; row: string; column: number },
  ): string {
    const at = `<c r="${columnName(column)}${row}" s="${style}"`
    if (held.text === '' && held.type === 's') return `${at}/>`
    const formula = this.formula(shown, row, column)
    if (formula !== undefined) {
      const type = held.type === 's' ? 'str' : held.type
      const value = held.type === 's' ? escaped(this.cut(held.text)) : held.text
      return `${at}${type === '' ? '' : ` t="${type}"`}><f>${formula}</f><v>${value}</v></c>`
    }
    if (held.type === 's') return `${at} t="inlineStr"><is>${this.textXml(held.text)}</is></c>`
    return `${at}${held.type === '' ? '' : ` t="${held.type}"`}><v>${held.text}</v></c>`
  }

  private held({ value, display, blank }: ShownCell, format: string): Held {
    if (blank) return { ...textHeld(''), format }
    if (!display.faithful) {
      if (display.number === undefined) return textHeld(display.text)
      return { type: '', text: String(display.number), format, align: 'right' }
    }
    if (isNum(value)) return numberHeld(value, format)
    if (typeof value === 'boolean') return { type: 'b', text: value ? '1' : '0', format, align: undefined }
    if (value instanceof Moment) {
      const held = this.moment(value, format)
      return held ?? textHeld(display.text)
    }
    if (isError(value)) {
      const known = KNOWN_ERRORS[value.code]
      return known === undefined ? textHeld(value.code) : { type: 'e', text: known, format: '', align: undefined }
    }
    return { ...textHeld(display.text), format: typeof value === 'string' && format.includes('@') ? format : '' }
  }

  /** Dates are serial days that we compute ourselves. Before 1900 there are none: the text is written. */
  private moment(value: Moment, format: string): Held | undefined {
    const local = localMoment(value, this.document.result.run.context.timeZone)
    if (local.ms < FIRST_DAY) return undefined
    const usual = value.kind === 'date' ? 'yyyy-mm-dd' : 'yyyy-mm-dd hh:mm:ss'
    const serial = Math.round(serialOf(local) * 86_400_000) / 86_400_000
    return { type: '', text: String(serial), format: format === '' ? usual : format, align: 'right' }
  }

  private formula(shown: ShownCell, row: string, column: number): string | undefined {
    const { of, cell, instance, blank, display } = shown
    if (blank || this.formulaOf === undefined || !display.faithful) return undefined
    const formula =
      of === this.document.result
        ? this.formulaOf(cell.index, instance)
        : this.subFormulas?.formulaAt(shown, { y: Number(row) - 1, x: column })
    if (formula === undefined) return undefined
    if (typeof formula === 'string') return formulaXml(formula)
    const name = templateCellOf(shown)
    const id = `${name}|${formula.key}`
    const loss = this.losses.formulas.get(id) ?? { cell: name, key: formula.key, count: 0 }
    loss.count += 1
    this.losses.formulas.set(id, loss)
    return undefined
  }

  private cut(text: string): string {
    if (text.length <= PAINT_LIMITS.cellText) return text
    this.losses.cutTexts += 1
    const end = PAINT_LIMITS.cellText - 1
    const isSplitPair = /[\ud800-\udbff]/.test(text[end - 1] ?? '')
    return `${text.slice(0, isSplitPair ? end - 1 : end)}…`
  }

  /** A text as XML, cut to what a cell holds. */
  textXml(text: string): string {
    if (text.length <= MOST_PLAIN && PLAIN.test(text)) return `<t>${text}</t>`
    const cut = this.cut(text)
    // What looks like an escape of the format is escaped itself.
    const safe = escaped(cut).replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    return `<t${/^\s|\s$|[\n\t]| {2}/.test(cut) ? ' xml:space="preserve"' : ''}>${safe}</t>`
  }
}

/** A number that a spreadsheet holds with all its digits, whatever they mean. */
export const isShort = (number: number): boolean => Math.abs(number) < LONGEST_NUMBER

/** A live formula as XML holds it. */
export const formulaXml = (formula: string): string => escaped(withPrefixes(formula))

const textHeld = (words: string): Held => ({ type: 's', text: words, format: '', align: 'left' })

/** Identifiers longer than 15 digits would be changed by a spreadsheet: they are text. */
function numberHeld(value: Num, format: string): Held {
  const number = toNumber(value)
  if (!isShort(number) && (format === '' || format === 'General')) {
    const digits = exactText(value)
    const significant = digits.replace(/^-/, '').replace(/0+$/, '').length
    if (!digits.includes('.') && significant > SIGNIFICANT)
      return { type: 's', text: digits, format: '@', align: 'right' }
  }
  return { type: '', text: String(number), format, align: 'right' }
}

/** Prefixes of young functions; quoted texts are left as they are. */
function withPrefixes(formula: string): string {
  if (!formula.includes('(')) return formula
  return formula
    .split(/("(?:[^"]|"")*")/)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(YOUNG, '_xlfn.$1')))
    .join('')
}
