import type { ReportEntry } from '@gemba/contracts/report'
import { describe, expect, it } from 'vitest'
import { shelvesOf } from './report-shelves.ts'

function report(id: string, folder: string | null, zh: string): ReportEntry {
  return {
    id,
    name: { zh, en: id },
    description: null,
    folder,
    ready: true,
    version: 1,
    publishedAt: null,
    draft: 'none',
    may: { run: true, export: true, edit: false, publish: false, share: false },
    lastRun: null,
  }
}

const LIBRARY = {
  reports: [
    report('stock', null, '库存'),
    report('oee-loss', '/production/oee', '损失'),
    report('daily-production', '/production', '生产日报'),
  ],
  folders: [{ path: '/production', name: { zh: '生产', en: 'Production' } }],
}

describe('the library of reports', () => {
  it('stands on shelves by folder, what is not filed last, folders without a name by their path', () => {
    expect(shelvesOf(LIBRARY, '').map(({ path, names }) => [path, ...names.map(({ en }) => en)])).toEqual([
      ['/production', 'Production'],
      ['/production/oee', 'Production', 'oee'],
      [null],
    ])
  })

  it('is searched in both languages by every word', () => {
    expect(shelvesOf(LIBRARY, '日报').flatMap(({ reports }) => reports.map(({ id }) => id))).toEqual([
      'daily-production',
    ])
    expect(shelvesOf(LIBRARY, 'daily stock')).toEqual([])
  })
})
