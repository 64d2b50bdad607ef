/** What printing needs to know of the machine. */
export interface PrintConfig {
  /** Given browser; null = look in the usual places. */
  readonly browserPath: string | null
  /** Folders that hold programs. */
  readonly searchPath: string
}

export function printConfig(source: NodeJS.ProcessEnv = process.env): PrintConfig {
  return { browserPath: source['REPORT_BROWSER_PATH'] || null, searchPath: source['PATH'] ?? '' }
}
