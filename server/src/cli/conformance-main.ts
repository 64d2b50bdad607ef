import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type CasePath, conformance, rowPath } from './conformance.ts'
import { openWarehousePath } from './warehouse-path.ts'

const USAGE = 'Usage: npx gemba conformance DIR [--path rows|sql|both] [--warehouse URL]'

function settings() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { path: { type: 'string', default: 'both' }, warehouse: { type: 'string' } },
  })
  const [directory] = positionals
  if (!directory || !['rows', 'sql', 'both'].includes(values.path)) throw new Error(USAGE)
  if (!existsSync(directory)) throw new Error(`The folder ${directory} does not exist.`)
  return { directory, wanted: values.path, warehouseUrl: values.warehouse }
}

async function run({ directory, wanted, warehouseUrl }: ReturnType<typeof settings>): Promise<boolean> {
  const paths: CasePath[] = wanted === 'sql' ? [] : [rowPath]
  const opened = wanted === 'rows' ? null : await openWarehousePath(warehouseUrl).catch(noStore)
  try {
    const { passed, failed, lines } = await conformance(directory, opened ? [...paths, opened.path] : paths)
    for (const line of lines) console.log(line)
    console.log(`${passed} passed, ${failed} failed`)
    return failed === 0 && passed > 0
  } finally {
    await opened?.close()
  }
}

function noStore(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error)
  throw new Error(`The SQL path needs a warehouse, and none could be started: ${why}. Without it: --path rows`)
}

try {
  const wanted = settings()
  process.exitCode = (await run(wanted)) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}
