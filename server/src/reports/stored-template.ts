import { readTemplate, type Template, type TemplateProblem } from '@gemba/contracts/template'
import { Decimal } from '@gemba/engine/formula/decimal'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import { ReportRefused } from './report-refused.ts'

/** The template in its stored text, literals with all their digits. Throws ReportRefused with every problem. */
export function storedTemplate(text: string): Template {
  let stored: unknown
  try {
    stored = parseExactJson(text)
  } catch (error) {
    throw new ReportRefused([`not readable as JSON: ${(error as Error).message}`])
  }
  const literals = takeExactLiterals(stored)
  const reading = readTemplate(stored)
  if (!reading.ok) throw new ReportRefused(reading.problems.map(problemLine))
  for (const [cell, value] of literals) {
    const own = reading.template.cells[cell]?.value
    if (own !== undefined && 'lit' in own) (own as { lit: unknown }).lit = value
  }
  return reading.template
}

/** Literals with more digits than a double holds are plain numbers for the check and get their digits back after. */
function takeExactLiterals(stored: unknown): Map<number, Decimal> {
  const literals = new Map<number, Decimal>()
  const cells = (stored as { cells?: unknown } | null)?.cells
  if (!Array.isArray(cells)) return literals
  cells.forEach((cell: { value?: { lit?: unknown } } | null, i) => {
    const lit = cell?.value?.lit
    if (!(lit instanceof Decimal)) return
    literals.set(i, lit)
    ;(cell as { value: { lit: unknown } }).value.lit = 0
  })
  return literals
}

function problemLine({ cell, path, message }: TemplateProblem): string {
  const inside = cell === undefined ? path : path.replace(/^cells\[\d+\]\.?/, '')
  return [cell, inside, message].filter((part) => part !== undefined && part !== '').join(': ')
}
