import { parseArgs } from 'node:util'
import { join, resolve } from 'node:path'
import { storeLocations } from './config.ts'
import { verifyAudit } from './audit.ts'

const USAGE = `Usage: npx gemba audit verify [--data DIR] [--key FILE]
  Checks every entry of the audit trail against its chain and names the first that is not as it was written.
  --data  folder of all data (default .gemba, env GEMBA_DATA); METADATA_URL is heeded
  --key   file with the key of the installation (default DIR/secrets/key)
Exit code 0: whole; 1: broken; 2: could not be checked.`

try {
  const options = { data: { type: 'string' }, key: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help || positionals.length !== 1 || positionals[0] !== 'verify') {
    console.log(USAGE)
    process.exitCode = values.help ? 0 : 2
  } else {
    const locations = storeLocations(values.data)
    const keyFile = values.key === undefined ? join(locations.dataDir, 'secrets', 'key') : resolve(values.key)
    process.exitCode = await verifyAudit(locations, keyFile, (line) => console.log(line))
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
