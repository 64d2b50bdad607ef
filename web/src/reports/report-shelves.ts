import type { ReportEntry, ReportsAnswer } from '@gemba/contracts/report'

export interface Shelf {
  /** Path of the folder; null = not filed. */
  path: string | null
  /** Names of the folder and those above it, outermost first. */
  names: { zh: string; en: string }[]
  reports: ReportEntry[]
}

/** Reports by folder in the order of paths, those not filed at the end; `text` keeps those that hold each of its words. */
export function shelvesOf({ reports, folders }: ReportsAnswer, text: string): Shelf[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const names = new Map(folders.map(({ path, name }) => [path, name]))
  const shelves = new Map<string | null, Shelf>()
  for (const report of reports) {
    if (!words.every((word) => wordsOf(report).includes(word))) continue
    let shelf = shelves.get(report.folder)
    if (!shelf) {
      shelf = { path: report.folder, names: namesOf(report.folder, names), reports: [] }
      shelves.set(report.folder, shelf)
    }
    shelf.reports.push(report)
  }
  return [...shelves.values()].toSorted(byPath)
}

function byPath(a: Shelf, b: Shelf): number {
  if (a.path === null || b.path === null) return Number(a.path === null) - Number(b.path === null)
  return a.path < b.path ? -1 : 1
}

function namesOf(path: string | null, names: ReadonlyMap<string, Shelf['names'][number]>): Shelf['names'] {
  const parts = (path ?? '').split('/').filter(Boolean)
  return parts.map((part, index) => {
    const own = `/${parts.slice(0, index + 1).join('/')}`
    return names.get(own) ?? { zh: part, en: part }
  })
}

const wordsOf = ({ id, name, description }: ReportEntry): string =>
  [id, name.zh, name.en, description?.zh ?? '', description?.en ?? ''].join(' ').toLowerCase()
