import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { FORMATS, readReportOptions } from '../reports/report-options.ts'

/** `gemba report render`: one template, its data and its parameters become one file. No server is needed. */
const USAGE = `Usage: npx gemba report render TEMPLATE.json --format ${FORMATS.join('|')} --out FILE
  --data NAME=FILE      rows of a dataset: JSON array, CSV or XLSX; may be given several times
  --param NAME=VALUE    a parameter; may be given several times
  --sub NAME=FILE       template of a sub-report; else NAME.json or NAME/template.json beside the template.
                        Its rows: those that stand in it, or --data NAME.DATASET=FILE, for every call of it
  --locale zh-CN|en     language of the report; the template's own if not given
  --encoding gb18030    of a CSV file; utf-8 if not given
  --time-zone ZONE      zone in which instants are read`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string', multiple: true },
      param: { type: 'string', multiple: true },
      sub: { type: 'string', multiple: true },
      format: { type: 'string' },
      out: { type: 'string' },
      locale: { type: 'string' },
      encoding: { type: 'string' },
      'time-zone': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    console.log(USAGE)
    return 0
  }
  const options = readReportOptions(positionals, values)
  if ('problem' in options) {
    console.error(`${options.problem}\n${USAGE}`)
    return 2
  }
  let template: string
  try {
    template = await readFile(options.template, 'utf8')
  } catch {
    console.error(`The template ${options.template} cannot be read.`)
    return 2
  }
  const { renderFile } = await import('../reports/render-file.ts')
  const { ReportRefused } = await import('../reports/report-refused.ts')
  try {
    const notes = await renderFile(template, options)
    for (const note of notes) console.error(note)
    return 0
  } catch (error) {
    if (!(error instanceof ReportRefused)) throw error
    console.error(`The report was refused:\n${error.problems.map((line) => `  ${line}`).join('\n')}`)
    return 1
  }
}

process.exitCode = await main().catch((error: unknown) => {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(isUsage ? `${(error as Error).message}\n${USAGE}` : error)
  return isUsage ? 2 : 1
})
