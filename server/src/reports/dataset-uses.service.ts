import { Injectable } from '@nestjs/common'
import type { DatasetDefinition } from '@gemba/contracts/template'
import { DataSource } from 'typeorm'
import type { Principal } from '../accounts/principal.ts'
import { Fault } from '../http/fault.ts'
import { readTemplateText, rightsOn } from './report-library.service.ts'
import { bothOf } from './report-words.ts'

/** A report and what its published version and its draft read from elsewhere. */
interface Reading {
  report: string
  name: { zh: string; en: string }
  datasets: readonly DatasetDefinition[]
}

/** What reads a file or a database, for a caller who may not see all of it. */
export interface Uses {
  reports: { id: string; name: { zh: string; en: string } }[]
  others: number
}

/** Which reports read what: the newest published version and the draft of each. */
@Injectable()
export class DatasetUses {
  constructor(private readonly database: DataSource) {}

  async all(): Promise<Reading[]> {
    const rows = await this.database.query<{ report: string; template: string }[]>(
      `SELECT report, template FROM (
         SELECT DISTINCT ON (report) report, template FROM report_version ORDER BY report, version DESC) newest
       UNION ALL SELECT id, draft FROM report WHERE draft IS NOT NULL`,
    )
    return rows.flatMap(({ report, template }) => {
      try {
        const { name, datasets = {} } = readTemplateText(template)
        return [{ report, name: bothOf(name), datasets: Object.values(datasets) }]
      } catch {
        // A template that this product cannot read reads nothing.
        return []
      }
    })
  }

  /** Reports whose dataset `test` finds; those that the caller may not see are only counted. */
  usesIn(readings: readonly Reading[], principal: Principal, test: (definition: DatasetDefinition) => boolean): Uses {
    const found = new Map(
      readings.filter(({ datasets }) => datasets.some(test)).map(({ report, name }) => [report, name] as const),
    )
    const reports = [...found].flatMap(([id, name]) => (rightsOn(id, principal).run ? [{ id, name }] : []))
    return { reports, others: found.size - reports.length }
  }
}

export const namesFile =
  (id: string) =>
  (definition: DatasetDefinition): boolean =>
    !Array.isArray(definition) && definition.kind === 'file' && definition.asset === id

export const namesDatabase =
  (id: string) =>
  (definition: DatasetDefinition): boolean =>
    !Array.isArray(definition) && definition.kind === 'external' && definition.source === id

/** Refuses to take away what reports read, and names those that the caller may see. */
export function requireUnused(code: 'DATA_FILE_IN_USE' | 'EXTERNAL_DATABASE_IN_USE', { reports, others }: Uses): void {
  if (reports.length + others === 0) return
  const list = (language: 'zh' | 'en') => reports.map(({ name }) => name[language])
  const more = { zh: others > 0 ? [`另有 ${others} 份`] : [], en: others > 0 ? [`${others} others`] : [] }
  throw new Fault(
    code,
    { reports: reports.length + others },
    {
      zh: `报表在用：${[...list('zh'), ...more.zh].join('、')}`,
      en: `reports read it: ${[...list('en'), ...more.en].join(', ')}`,
    },
  )
}
