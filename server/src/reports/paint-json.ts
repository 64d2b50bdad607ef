import { exactText, isNum } from '@gemba/engine/formula/decimal'
import { isError } from '@gemba/engine/formula/values'
import { addressOf, boxAddress } from '@gemba/engine/report/address'
import { chartOf, type ReportChart } from '@gemba/engine/report/charts'
import { findingText, messageText } from '@gemba/engine/report/messages'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { spread } from '@gemba/engine/report/spread'
import type { ReportDocument, Sink } from './report-document.ts'

const CHUNK = 64 * 1024

/** One thing found on the sheet that a reader may want to know. */
interface Collected {
  merges: string[]
  styles: Record<string, unknown>
  errors: { at: string; cell: string; code: string; why?: string }[]
  charts: (Omit<ReportChart, 'outlined'> & { at: string; cell: string })[]
}

/**
 * The report as JSON, written row by row: `grid` holds displayed values (an unformatted number is a number with all
 * its digits, "" is empty, null is covered by a merge), then merges, styles set by conditions, live formulas, pages if
 * the template has paging, charts, and every error with its reason.
 */
export async function paintJson(document: ReportDocument, sink: Sink): Promise<void> {
  const { result, name, locale } = document
  const size = { rows: result.visibleRows.length, columns: result.visibleColumns.length }
  await sink(
    `{"formatVersion":1,"name":${JSON.stringify(name)},"locale":"${locale}",${noticesJson(document)}"size":${JSON.stringify(size)},\n"grid":`,
  )
  const collected: Collected = { merges: [], styles: {}, errors: [], charts: [] }
  await writeGrid(noted(document, collected), size, sink)
  await sink(`,\n"merges":${JSON.stringify(collected.merges)},\n"styles":${JSON.stringify(collected.styles)}`)
  const { formulas, notes } = result.excel()
  await sink(`,\n"excel":${JSON.stringify(formulas)}`)
  if (result.paging !== undefined && result.paging.mode !== 'continuous') {
    await sink(',\n"pages":[')
    for (const page of result.pages()) {
      if (page.number > 1) await sink(',\n')
      await writeGrid(spread(page.rows), { rows: page.rowCount, columns: page.columns.length }, sink)
    }
    await sink(']')
  }
  const spoken = notes.map((note) => ({ ...note, text: messageText(note.key, locale) }))
  const findings = result.all.flatMap(({ name, run }) =>
    run.template.findings.map((finding) => ({
      ...(name === '' ? {} : { sub: name }),
      ...finding,
      text: findingText(finding, locale),
    })),
  )
  await sink(
    `,\n"charts":${JSON.stringify(collected.charts)},\n"errors":${JSON.stringify(collected.errors)},\n"notes":${JSON.stringify(spoken)},\n"findings":${JSON.stringify(findings)}}\n`,
  )
}

const noticesJson = ({ notices = [] }: ReportDocument): string =>
  notices.length === 0 ? '' : `"notices":${JSON.stringify(notices)},`

function* noted({ result, locale }: ReportDocument, into: Collected): Generator<ShownCell[]> {
  for (const row of spread(result.rows())) {
    for (const shown of row) {
      const { box, of, cell, value, settings, instance, blank } = shown
      const at = boxAddress(box)
      if (at.includes(':')) into.merges.push(at)
      if (settings !== undefined && Object.keys(settings).length > 0) {
        const { visibleRows, visibleColumns } = result
        into.styles[addressOf(visibleRows[box.y0] as number, visibleColumns[box.x0] as number)] = settings
      }
      if (isError(value)) {
        const why = value.cause === undefined ? {} : { why: messageText(value.cause.key, locale, value.cause.details) }
        into.errors.push({ at: addressOf(box.y0, box.x0), cell: cell.address, code: value.code, ...why })
      }
      const chart = blank ? undefined : chartOf(of.run, cell, instance)
      if (chart !== undefined) {
        const { outlined: _, ...values } = chart
        into.charts.push({ at: addressOf(box.y0, box.x0), cell: cell.address, ...values })
      }
    }
    yield row
  }
}

async function writeGrid(
  rows: Iterable<ShownCell[]>,
  { rows: height, columns }: { rows: number; columns: number },
  sink: Sink,
): Promise<void> {
  let buffer = '['
  let y = 0
  /** For each column the first row that no merge from above covers any more. */
  const covered = new Int32Array(columns)
  for (const row of rows) {
    const line: string[] = Array.from(covered, (until) => (until > y ? 'null' : '""'))
    for (const { box, value, display } of row) {
      for (let x = box.x0; x < box.x1; x += 1) {
        covered[x] = Math.max(covered[x] as number, box.y1)
        line[x] = 'null'
      }
      line[box.x0] = jsonOf({ value, display })
    }
    buffer += `${y > 0 ? ',\n' : ''}[${line.join(',')}]`
    y += 1
    if (buffer.length > CHUNK) {
      await sink(buffer)
      buffer = ''
    }
  }
  if (y !== height) throw new Error(`grid of ${height} rows has ${y}`)
  await sink(`${buffer}]`)
}

/** Whole numbers keep all their digits; others show at most 15. */
function jsonOf({ value, display }: Pick<ShownCell, 'value' | 'display'>): string {
  if (display.number === undefined) return JSON.stringify(display.text)
  return display.faithful && isNum(value) && /^-?\d+$/.test(display.text) ? exactText(value) : String(display.number)
}
