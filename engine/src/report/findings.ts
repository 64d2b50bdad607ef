/**
 * What the compiler has to say about a template. `refuse`: the report does not run. `error`: it runs, and the cell
 * shows an error value. `warning`: it runs, but probably not as meant.
 */
export interface Finding {
  level: 'refuse' | 'error' | 'warning'
  /** Cells concerned, the one to be changed first. */
  cells: string[]
  /** Key of the report texts, with what goes into them. */
  key: string
  details?: Record<string, string>
  /** Property of the cell, e.g. `value.where`, and the offset inside its expression. */
  part?: string
  at?: number
}

/** The template cannot run. Carries everything that was found. */
export class TemplateRefusedError extends Error {
  readonly findings: Finding[]

  constructor(findings: Finding[]) {
    super(findings.map(findingLine).join('; '))
    this.findings = findings
  }
}

/** A budget of the run is used up. Names the cell that asked for more and the limit. */
export class ReportLimitError extends Error {
  readonly limit: string
  readonly most: number
  readonly cell: string | undefined

  constructor(limit: string, most: number, cell?: string) {
    super(`limit ${limit} of ${most} exceeded${cell === undefined ? '' : ` by ${cell}`}`)
    this.limit = limit
    this.most = most
    this.cell = cell
  }
}

export function findingLine(finding: Finding): string {
  const details = Object.entries(finding.details ?? {}).map(([name, value]) => `${name} ${value}`)
  return `${finding.cells.join(', ')}: ${finding.key}${details.length > 0 ? ` (${details.join(', ')})` : ''}`
}

/** Budgets of one run. */
export interface ReportLimits {
  instances: number
  outputCells: number
  steps: number
  /** Rows held by intersections and filters, all cells together. */
  sliceRows: number
  templateRows: number
  templateColumns: number
  /** Different calls of sub-reports, at all depths together. */
  subReports: number
  /** Levels of sub-reports below the report. */
  subDepth: number
}

export const DEFAULT_LIMITS: ReportLimits = {
  instances: 5_000_000,
  outputCells: 20_000_000,
  steps: 500_000_000,
  sliceRows: 50_000_000,
  templateRows: 10_000,
  templateColumns: 2_000,
  subReports: 200,
  subDepth: 3,
}
