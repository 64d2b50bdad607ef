import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Row } from '@gemba/engine/report/dataset'
import { subTemplatesOf } from '@gemba/engine/report/sub-checks'
import type { GivenRows } from './given-rows.ts'
import type { ReportOptions } from './report-options.ts'
import { ReportRefused } from './report-refused.ts'
import type { RowSource } from './row-source.ts'
import { storedTemplate } from './stored-template.ts'
import type { GivenSubs } from './sub-inputs.ts'

/** Sub-reports of a template file, and which of the given rows are theirs. */
export interface FileSubs extends GivenSubs {
  takes: (dataset: string) => boolean
}

/**
 * Templates of all sub-reports, found by the name that cells give them: the file of `--sub`, else `NAME.json` or
 * `NAME/template.json` beside the template or beside its folder. Each call of one has the same rows, and its own
 * parameters. Throws ReportRefused for a file of `--sub` that cannot be read.
 */
export async function subsOf(
  template: string,
  { template: file, subs }: ReportOptions,
  given: ReadonlyMap<string, RowSource>,
): Promise<FileSubs> {
  const host = nameOf(file)
  const templates = new Map<string, string>([[host, template]])
  const open = [template]
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const id of idsIn(text)) {
      if (templates.has(id)) continue
      const found = subs[id] === undefined ? await besides(file, id) : await named(id, subs[id])
      if (found === undefined) continue
      templates.set(id, found)
      open.push(found)
    }
  }
  const takes = (dataset: string): boolean => templates.has(dataset.slice(0, dataset.indexOf('.')))
  const taken = new Map<string, GivenRows>()
  for (const [name, source] of given) if (takes(name)) taken.set(name, await gathered(source))
  let calls = 0
  return {
    host,
    templates,
    takes,
    call: ({ template: id, params }) => {
      if (!templates.has(id)) return { key: 'subUnknown', details: { template: id } }
      calls += 1
      return { name: `${id}/${calls}`, params, rows: rowsOf(id, taken) }
    },
  }
}

/** What the folder of a template, or else its file, is called. */
const nameOf = (file: string): string =>
  basename(file) === 'template.json' ? basename(dirname(file)) : basename(file, '.json')

/** Ids of sub-reports in a stored template; none where it cannot be read, which is said when it is rendered. */
function idsIn(text: string): string[] {
  try {
    return subTemplatesOf(storedTemplate(text))
  } catch (error) {
    if (error instanceof ReportRefused) return []
    throw error
  }
}

async function besides(file: string, id: string): Promise<string | undefined> {
  if (!/^[\p{L}\p{N}_-]+$/u.test(id)) return undefined
  const folder = dirname(file)
  for (const path of [`${id}.json`, join(id, 'template.json'), join('..', id, 'template.json')]) {
    const text = await readFile(join(folder, path), 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

async function named(id: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new ReportRefused([`--sub ${id}=${path}: the file cannot be read`])
  }
}

async function gathered({ batches, count: _, ...facts }: RowSource): Promise<GivenRows> {
  const rows: Row[] = []
  for await (const batch of batches()) for (const row of batch) rows.push(row)
  return { ...facts, rows }
}

function rowsOf(id: string, given: ReadonlyMap<string, GivenRows>): Map<string, GivenRows> {
  const prefix = `${id}.`
  return new Map(
    [...given].flatMap(([name, rows]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), rows] as const] : [])),
  )
}
