import type { CellLineage, CellRows } from '@gemba/contracts/report'
import { exactText, isNum, toNumber } from '@gemba/engine/formula/decimal'
import { Moment, momentText } from '@gemba/engine/formula/moment'
import { isArray, isError, textOf, type Value } from '@gemba/engine/formula/values'
import { positionOf } from '@gemba/engine/report/address'
import { lineageOf, rowsBehind, type Lineage, type LineageSource } from '@gemba/engine/report/lineage'
import { messageText } from '@gemba/engine/report/messages'
import { printedPages, printLayout } from '@gemba/engine/report/print-layout'
import type { ShownCell } from '@gemba/engine/report/report-result'
import type { Locale } from '@gemba/engine/report/words'
import type { ReportDocument } from './report-document.ts'

type Raw = CellLineage['value']

/** Lineage as far as the report itself knows it; the run adds ages and rules of its datasets. */
export type CellPart = Omit<CellLineage, 'sources' | 'metric'> & {
  sources: Pick<CellLineage['sources'][number], 'dataset' | 'filter' | 'rows' | 'columns' | 'sample'>[]
}

/** What stands at an address of a page, taken apart; null when there is nothing. */
export function lineageAt(document: ReportDocument, { page, cell }: { page: number; cell: string }): CellPart | null {
  const shown = shownAt(document, { page, cell })
  if (shown === null || shown.blank || shown.boxed !== undefined) return null
  const lineage = lineageOf(shown.of.run, shown.cell, shown.instance)
  return cellPart(shown, lineage, { page, cell, locale: document.locale })
}

/** What is told of a cell. */
export function cellPart(
  shown: ShownCell,
  lineage: Lineage,
  { page, cell, locale }: { page: number; cell: string; locale: Locale },
): CellPart {
  const { value, display } = shown
  const why =
    isError(value) && value.cause !== undefined ? messageText(value.cause.key, locale, value.cause.details) : null
  return {
    page,
    cell,
    templateCell: shown.of.name === '' ? shown.cell.address : `${shown.of.name} ${shown.cell.address}`,
    text: display.text,
    value: rawOf(value),
    type: typeOf(value),
    expression: lineage.expression,
    field: lineage.field,
    parents: lineage.parents.map(({ cell: templateCell, label, text }) => ({ templateCell, label, text })),
    inputs: lineage.inputs.map(({ cell: templateCell, texts, count }) => ({ templateCell, texts, count })),
    sources: lineage.sources.map((source) => partOf(source, shown.of.name)),
    why,
  }
}

/** Rows of one dataset behind what stands at an address; null when there is nothing, or nothing of that dataset. */
export function rowsAt(
  document: ReportDocument,
  { page, cell, dataset, from, to }: { page: number; cell: string; dataset: string; from: number; to: number },
): CellRows | null {
  const shown = shownAt(document, { page, cell })
  if (shown === null || shown.blank || shown.boxed !== undefined) return null
  const prefix = shown.of.name === '' ? '' : `${shown.of.name}.`
  if (!dataset.startsWith(prefix)) return null
  const asked = { instance: shown.instance, dataset: dataset.slice(prefix.length), from, to }
  const found = rowsBehind(shown.of.run, shown.cell, asked)
  if (found === null) return null
  const { fields: columns, rows, total } = found
  return { dataset, columns, rows: rows.map((row) => row.map(rawOf)), from, total }
}

/** An address of the page; of a cell inside a box the box, a full stop and the place in its sub-report, `B7.C3`. */
function shownAt(document: ReportDocument, { page, cell }: { page: number; cell: string }): ShownCell | null {
  const [outer = '', ...inner] = cell.split('.')
  let found = onPage(document, page, outer)
  for (const address of inner) found = found?.boxed === undefined ? null : cellIn(found.boxed.rows(), address)
  return found
}

function onPage(document: ReportDocument, page: number, cell: string): ShownCell | null {
  // Page functions are evaluated while their page is on; the generator is ended by leaving it.
  for (const each of printedPages(document.result, printLayout(document.result))) {
    if (each.number !== page) continue
    return cellIn(each.rows, cell)
  }
  return null
}

/** What covers a place of a page. */
export function cellIn(rows: Iterable<readonly ShownCell[]>, address: string): ShownCell | null {
  const position = positionOf(address)
  if (position === undefined) return null
  const { row: y, column: x } = position
  for (const row of rows)
    for (const shown of row)
      if (shown.box.y0 <= y && y < shown.box.y1 && shown.box.x0 <= x && x < shown.box.x1) return shown
  return null
}

const partOf = (
  { dataset, fields, rowCount, sample, filter }: LineageSource,
  sub: string,
): CellPart['sources'][number] => ({
  dataset: sub === '' ? dataset : `${sub}.${dataset}`,
  filter,
  rows: rowCount,
  columns: fields,
  sample: sample.map((row) => row.map(rawOf)),
})

/** Numbers that a double does not hold stay text, with all their digits. */
export function rawOf(value: Value): Raw {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (isNum(value)) {
    const text = exactText(value)
    return String(toNumber(value)) === text ? toNumber(value) : text
  }
  return value instanceof Moment ? momentText(value) : textOf(value)
}

function typeOf(value: Value): CellLineage['type'] {
  if (value === null) return 'empty'
  if (isError(value)) return 'error'
  if (value instanceof Moment) return value.kind
  if (typeof value === 'boolean') return 'boolean'
  if (isArray(value)) return 'text'
  return isNum(value) ? 'number' : 'text'
}
