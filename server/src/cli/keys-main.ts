import { parseArgs } from 'node:util'
import { join, resolve } from 'node:path'
import { storeLocations } from './config.ts'
import { rotateKeys } from './keys.ts'

const USAGE = `Usage: npx gemba keys rotate [--data DIR] [--key FILE]
  Makes a new data key and seals every stored secret with it. Gemba may be running or not. When it is interrupted,
  call it again: it goes on where it was.
  --data  folder of all data (default .gemba, env GEMBA_DATA); METADATA_URL is heeded
  --key   file with the key of the installation (default DIR/secrets/key)
Exit code 0: done; 1: some secrets could not be opened and have to be set again; 2: nothing was done.`

try {
  const options = { data: { type: 'string' }, key: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help || positionals.length !== 1 || positionals[0] !== 'rotate') {
    console.log(USAGE)
    process.exitCode = values.help ? 0 : 2
  } else {
    const locations = storeLocations(values.data)
    const keyFile = values.key === undefined ? join(locations.dataDir, 'secrets', 'key') : resolve(values.key)
    const { key, resumed, resealed, unreadable } = await rotateKeys(locations, keyFile, Date.now())
    console.log(`${resumed ? 'An interrupted renewal is finished' : 'A new data key is in force'}: ${key}`)
    console.log(`${resealed} secrets were sealed anew.`)
    for (const place of unreadable) console.log(`✗ ${place}: no key opens it; set it again`)
    process.exitCode = unreadable.length === 0 ? 0 : 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
