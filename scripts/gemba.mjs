#!/usr/bin/env node
/** `npx gemba COMMAND`: runs the command under Node 24. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { StepFailure, runMain, say } from './console.mjs'
import { cacheDir, childEnvironment, node24, root } from './node24.mjs'
import { REPORT_HEAP } from './report-heap.mjs'
import { setup } from './setup.mjs'

const COMMANDS = {
  doctor: { file: 'scripts/doctor.mjs', help: 'checks this machine and a running Gemba, and says what to mend' },
  verify: {
    file: 'server/dist/cli/verify-main.js',
    help: '--url U --user admin --password P --ledger FILE [--from T] [--to T]: compares the platform with the ledger',
  },
  conformance: {
    file: 'server/dist/cli/conformance-main.js',
    help: 'DIR [--path rows|sql|both]: runs the KPI and report cases of a folder',
  },
  report: {
    file: 'server/dist/cli/report-main.js',
    flags: REPORT_HEAP,
    help: 'render TEMPLATE.json [--data NAME=FILE]… [--param k=v]… --format json|html|xlsx|pdf|png|csv --out FILE: renders a report',
  },
  bench: {
    file: 'scripts/bench.mjs',
    help: '[names] --json FILE --data FOLDER: runs the benches; the folder keeps the year of the bench year',
  },
  'leak-test': {
    file: 'server/dist/cli/leak-test-main.js',
    help: '--url U --user admin --password P: asks whether every way of judging rights lets through the same rows',
  },
  backup: { file: 'server/dist/cli/backup-main.js', help: '[--data DIR] --out DIR: copies both stores' },
  restore: { file: 'server/dist/cli/restore-main.js', help: '--from DIR [--data DIR]: puts a backup back' },
  audit: { file: 'server/dist/cli/audit-main.js', help: 'verify [--data DIR]: checks every entry of the audit trail' },
  keys: {
    file: 'server/dist/cli/keys-main.js',
    help: 'rotate [--data DIR]: renews the key that stored secrets are sealed with',
  },
  collector: { file: 'collectors/src/main.ts', help: '--server URL --id ID --token T --spool DIR: runs an edge agent' },
}

function help() {
  say('Usage: npx gemba COMMAND [options]\n')
  for (const [name, { help: text }] of Object.entries(COMMANDS)) say(`  ${name.padEnd(12)} ${text}`)
}

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2)
  if (!name || name === 'help' || name === '--help') return help()
  const command = COMMANDS[name]
  if (!command)
    throw new StepFailure(
      `Unknown command ${name}`,
      'Gemba does not know it',
      `use one of: ${Object.keys(COMMANDS).join(', ')}`,
    )
  const nodePath = await node24()
  if (name !== 'doctor') {
    await setup(nodePath)
    if (command.file.startsWith('server/dist') && !existsSync(join(root, command.file))) await build(nodePath)
  }
  const result = spawnSync(nodePath, [...(command.flags ?? []), join(root, command.file), ...args], {
    stdio: 'inherit',
    // Compiled modules are kept: a short command spends most of its time on reading its own source.
    env: { NODE_COMPILE_CACHE: join(cacheDir, 'compiled'), ...childEnvironment(nodePath) },
  })
  return result.status ?? 1
})
