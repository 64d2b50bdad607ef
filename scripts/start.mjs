/**
 * `npm start`: everything from a fresh clone to a running product. Node 24, dependencies, build, then the supervisor,
 * which brings up the stores, the server, the collector and (unless told otherwise) the reference factory.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.mjs'
import { StepFailure, runMain, say, warn } from './console.mjs'
import { childEnvironment, node24, root } from './node24.mjs'
import { oneOf, readOptions, wholeNumber } from './options.mjs'
import { freeBytes, setup } from './setup.mjs'

const OPTIONS = {
  port: { help: 'port of the web address (default 8080, env GEMBA_PORT)', check: wholeNumber(1, 65535) },
  data: { help: 'folder of all data (default .gemba, env GEMBA_DATA)' },
  demo: {
    help: 'on | off: with or without the reference factory (default on, env GEMBA_DEMO)',
    check: oneOf('on', 'off'),
  },
  plant: {
    help: 'reference | nervous: how the machines of the demo behave (default reference)',
    check: oneOf('reference', 'nervous'),
  },
  'history-days': { help: 'days of history planted at the first start (default 30)', check: wholeNumber(0, 400) },
  faults: {
    help: 'all | name,name: faults in the feeds of the demo, planted at the first start (env GEMBA_FAULTS)',
    check: (text) => (/^[a-z,-]+$/.test(text) ? null : 'names of faults with commas between, or all, are needed'),
  },
}
const NEEDED_DATA_BYTES = 2_000_000_000
const NEEDED_MEMORY_BYTES = 3_000_000_000

function settingsFrom(argv, environment) {
  const given = readOptions(argv, OPTIONS)
  const fromEnvironment = {
    port: environment.GEMBA_PORT,
    data: environment.GEMBA_DATA,
    demo: environment.GEMBA_DEMO,
    faults: environment.GEMBA_FAULTS,
  }
  const settings = { port: '8080', data: '.gemba', demo: 'on', plant: 'reference', 'history-days': '30' }
  for (const [name, text] of Object.entries(fromEnvironment)) {
    if (text === undefined || text === '') continue
    const fault = OPTIONS[name].check?.(text)
    if (fault) throw new StepFailure(`GEMBA_${name.toUpperCase()}=${text} is not usable`, fault, OPTIONS[name].help)
    settings[name] = text
  }
  return { ...settings, ...given }
}

function portIsFree(port) {
  return new Promise((resolvePort) => {
    const probe = createServer()
    probe.once('error', (error) => resolvePort(error.code))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolvePort(null)))
  })
}

async function checkPort(port) {
  const fault = await portIsFree(port)
  if (!fault) return
  const why =
    fault === 'EACCES'
      ? 'this user may not use a port below 1024'
      : 'another program listens there (perhaps Gemba itself)'
  throw new StepFailure(
    `Port ${port} cannot be used`,
    why,
    `stop the other program, or choose another port: npm start -- --port ${port + 1}`,
  )
}

function checkDataFolder(path) {
  try {
    mkdirSync(path, { recursive: true })
    accessSync(path, constants.W_OK)
  } catch (error) {
    throw new StepFailure(
      `The data folder ${path} cannot be written`,
      error.message,
      'choose another folder: npm start -- --data DIR',
    )
  }
  const free = freeBytes(path)
  if (free < NEEDED_DATA_BYTES) {
    throw new StepFailure(
      'Not enough disk space for the data',
      `${(free / 1e9).toFixed(1)} GB free at ${path}, 2 GB needed`,
      'free some space, or choose another folder: npm start -- --data DIR',
    )
  }
}

function checkMachine() {
  if (process.platform === 'win32') {
    throw new StepFailure(
      'Windows is not supported directly',
      'the embedded warehouse has no Windows build',
      'use WSL2 (Ubuntu or Debian) and start there',
    )
  }
  if (totalmem() < NEEDED_MEMORY_BYTES)
    warn(
      `This machine has ${(totalmem() / 1e9).toFixed(1)} GB of memory; Gemba with the demo needs about 2.5 GB. It may be slow.`,
    )
  if (process.getuid?.() === 0) say('  Running as root: the embedded PostgreSQL runs as an unprivileged account.')
}

function supervise(nodePath, settings) {
  const args = [join(root, 'server/dist/supervisor/main.js')]
  for (const [name, text] of Object.entries(settings)) args.push(`--${name}`, text)
  const child = spawn(nodePath, args, { cwd: root, stdio: 'inherit', env: childEnvironment(nodePath) })
  // The terminal sends Ctrl-C to both; a service manager only to this process, so pass it on once.
  const passOn = (signal) => child.kill(signal)
  process.on('SIGTERM', () => passOn('SIGTERM'))
  process.on('SIGHUP', () => passOn('SIGTERM'))
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) passOn('SIGINT')
  })
  return new Promise((resolveExit) => child.on('exit', (code, signal) => resolveExit(code ?? (signal ? 1 : 0))))
}

await runMain(async () => {
  const settings = settingsFrom(process.argv.slice(2), process.env)
  settings.data = resolve(root, settings.data)
  say('Gemba (现场)')
  checkMachine()
  await checkPort(Number(settings.port))
  checkDataFolder(settings.data)
  const nodePath = await node24()
  await setup(nodePath)
  await build(nodePath)
  if (!existsSync(join(root, 'server/dist/supervisor/main.js'))) {
    throw new StepFailure('The server is not built', 'server/dist is missing', 'run: node scripts/build.mjs')
  }
  return supervise(nodePath, settings)
})
