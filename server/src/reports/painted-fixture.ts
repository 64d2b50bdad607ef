/** For tests: the templates of the product over their samples, and files as other programs read them. */
import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Row } from '@gemba/engine/report/dataset'
import { parseExactJson } from '@gemba/engine/report/exact-json'
import type { Locale } from '@gemba/engine/report/words'
import { Window } from 'happy-dom'
import { renderReport } from './render-report.ts'
import type { Chunk, ReportDocument, Sink } from './report-document.ts'

const TEMPLATES = join(import.meta.dirname, '../../../report-templates')

/** Every folder of `report-templates`. */
export const templateNames: readonly string[] = readdirSync(TEMPLATES).sort()

/** Each of them in both languages. */
export const samples: readonly (readonly [name: string, locale: Locale])[] = templateNames.flatMap((name) => [
  [name, 'zh-CN'] as const,
  [name, 'en'] as const,
])

/** A template of the product over its own sample. */
export function sampleOf(name: string, locale: Locale = 'zh-CN'): ReportDocument {
  const text = (file: string): string => readFileSync(join(TEMPLATES, name, file), 'utf8')
  const sample = parseExactJson(text('sample.json')) as {
    params: Record<string, unknown>
    datasets: Record<string, Row[]>
  }
  const rows = new Map(Object.entries(sample.datasets).map(([key, list]) => [key, { rows: list }]))
  return renderReport({ template: text('template.json'), rows, params: sample.params, locale })
}

/** A whole file in memory. */
export async function bytesOf(paint: (sink: Sink) => Promise<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  await paint(async (chunk: Chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  return Buffer.concat(chunks)
}

/** Reads markup in a page of its own. Of drawings the words in them are left. */
export async function inPage<T>(html: string, read: (page: Window['document']) => T): Promise<T> {
  const window = new Window()
  window.document.write(
    html.replaceAll(/<svg[\s\S]*?<\/svg>/g, (drawing) =>
      [...drawing.matchAll(/<text[^>]*>([\s\S]*?)<\/text>/g)].map(([, words]) => words).join(''),
    ),
  )
  try {
    return read(window.document)
  } finally {
    await window.happyDOM.close()
  }
}

/** LibreOffice, or undefined where it is not installed: its tests are skipped, and say so. */
export const office = ['soffice', 'libreoffice'].find((name) => spawnSync(name, ['--version']).status === 0)
if (office === undefined)
  console.warn('SKIPPED: LibreOffice is not installed, so workbooks were NOT opened and calculated by another program')

/** The first sheet with its cells as they are shown: `SHOWN.ending` is how the files end. */
export const SHOWN = { to: 'csv:Text - txt - csv (StarCalc):44,34,76', ending: 'csv' } as const
/** The workbook with all formulas calculated anew. */
export const CALCULATED = { to: 'xlsx', ending: 'xlsx' } as const

/** Else the program would trust the values that stand in the file. */
const ALWAYS_CALCULATE = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>`

/**
 * Converts workbooks by one process of LibreOffice with a profile of its own in `folder`; gives the way to each result.
 */
export async function converted(
  workbooks: ReadonlyMap<string, Buffer>,
  { folder, to, ending }: { folder: string; to: string; ending: string },
): Promise<(name: string) => string> {
  const [given, out] = [join(folder, 'given'), join(folder, ending)]
  await mkdir(given, { recursive: true })
  for (const [name, bytes] of workbooks) await writeFile(join(given, `${name}.xlsx`), bytes)
  await mkdir(join(folder, 'profile/user'), { recursive: true })
  await writeFile(join(folder, 'profile/user/registrymodifications.xcu'), ALWAYS_CALCULATE)
  const files = [...workbooks.keys()].map((name) => join(given, `${name}.xlsx`))
  const profile = `-env:UserInstallation=file://${folder}/profile`
  await promisify(execFile)(office as string, ['--headless', profile, '--convert-to', to, '--outdir', out, ...files])
  const made = await readdir(out)
  if (made.length !== workbooks.size)
    throw new Error(`LibreOffice made ${made.length} of ${workbooks.size} files: ${made.join(', ')}`)
  return (name) => join(out, `${name}.${ending}`)
}
