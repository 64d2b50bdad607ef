/** Real: PostgreSQL, the store process, signals and processes. The server, collector and factory are tiny programs. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isAlive } from '../database/embedded-postgres.ts'
import { freePort } from './stores.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const FAKE_SERVER = `
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
const keep = ['METADATA_URL','WAREHOUSE_URL','GEMBA_PROVISION','GEMBA_DEMO_PASSWORD','GEMBA_COLLECTOR_TOKENS','GEMBA_EMBEDDED','GEMBA_SECRET_KEY_FILE']
writeFileSync(process.env.GEMBA_DATA + '/server-env.json', JSON.stringify(Object.fromEntries(keep.map((k) => [k, process.env[k]]))))
createServer((_, response) => response.end(JSON.stringify({ status: 'ok', version: 'x' }))).listen(Number(process.env.GEMBA_PORT), '127.0.0.1')
`
const FAKE_COLLECTOR = 'setInterval(() => {}, 1000)\n'
const FAKE_PLANT = `
process.send?.({ type: 'catalog-ready', file: '/catalog.json' })
process.send?.({ type: 'progress', text: 'days', done: 1, total: 2 })
setTimeout(() => process.send?.({ type: 'history-done' }), 200)
setInterval(() => {}, 1000)
`

let folder: string
let dataDir: string
let port: number
const started: ChildProcess[] = []

function writePrograms(programs: { server?: string; plant?: string } = {}): void {
  const write = (path: string, text: string) => {
    const full = join(folder, 'root', path)
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, text)
  }
  write('package.json', '{"type":"module"}')
  write('server/dist/main.js', programs.server ?? FAKE_SERVER)
  write('server/dist/deliveries/watchdog/main.js', FAKE_COLLECTOR)
  write('collectors/src/main.ts', FAKE_COLLECTOR)
  write('test/plant/main.ts', programs.plant ?? FAKE_PLANT)
  write(
    'run.ts',
    `import { readConfig } from '${here('./config.ts')}'
     import { printFailure, supervise } from '${here('./supervise.ts')}'
     try { await supervise(readConfig(process.argv.slice(2), process.env), '${join(folder, 'root')}') }
     catch (error) { printFailure(error); process.exit(1) }`,
  )
}

function startGemba(env: Record<string, string> = {}) {
  const args = [join(folder, 'root/run.ts'), '--port', String(port), '--data', dataDir, '--history-days', '1']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', ...env },
  })
  started.push(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, output: () => output, ended }
}

const until = <T>(condition: () => T | Promise<T>, timeout = 60_000) =>
  vi.waitUntil(condition, { timeout, interval: 50 })
const ready = (gemba: { output: () => string }) => until(() => gemba.output().includes('Gemba is ready'))
const pidOf = (name: string) => {
  try {
    return Number(readFileSync(join(dataDir, 'run', `${name}.pid`), 'utf8').trim()) || 0
  } catch {
    return 0
  }
}
const serverEnv = () => JSON.parse(readFileSync(join(dataDir, 'server-env.json'), 'utf8')) as Record<string, string>

async function askMetadata(): Promise<unknown> {
  const client = new pg.Client({ connectionString: serverEnv()['METADATA_URL'] })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query('SELECT 1 AS one')
  await client.end()
  return rows[0]?.one
}

async function askWarehouse(): Promise<string> {
  const url = new URL(serverEnv()['WAREHOUSE_URL'] ?? '')
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`
  const answer = await fetch(`${url.origin}/?query=SELECT+1`, { headers: { authorization } })
  return (await answer.text()).trim()
}

const processesNaming = (text: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((command) => command.includes(text))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-supervisor-'))
  // Reachable for the account that PostgreSQL runs under.

  chmodSync(folder, 0o755)
  dataDir = join(folder, 'data')
  port = await freePort()
  writePrograms()
})

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('exit', resolve))
  }
  rmSync(folder, { recursive: true, force: true })
})

describe('a start', () => {
  it('brings up the stores and the programs, says how to sign in, and stops all of it', async () => {
    const gemba = startGemba()
    await ready(gemba)
    expect(gemba.output()).toContain(`Gemba is ready: http://127.0.0.1:${port}`)
    expect(gemba.output()).toMatch(/Password: [a-z2-9]{4}(-[a-z2-9]{4}){3}\n/)
    expect(await askMetadata()).toBe(1)
    expect(await askWarehouse()).toBe('1')
    const env = serverEnv()
    expect(env['GEMBA_PROVISION']).toBe('/catalog.json')
    expect(env['GEMBA_EMBEDDED']).toBe('metadata,warehouse')
    expect(env['GEMBA_COLLECTOR_TOKENS']).toMatch(/^local:[0-9a-f]{64},edge-brq:[0-9a-f]{64},plant:[0-9a-f]{64}$/)
    expect(statSync(join(dataDir, 'secrets')).mode & 0o077).toBe(0)
    expect(statSync(env['GEMBA_SECRET_KEY_FILE'] ?? '').mode & 0o077).toBe(0)
    const pids = ['metadata', 'warehouse', 'server', 'collector', 'edge-brq', 'plant'].map(pidOf)
    expect(pids.every(isAlive)).toBe(true)
    gemba.child.kill('SIGINT')
    expect(await gemba.ended).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    expect(processesNaming(dataDir)).toEqual([])
    expect(readdirSync(join(dataDir, 'run')).filter((name) => /\.(pid|lock)$/.test(name))).toEqual([])
  })

  it('does not know the password any more at the second start, and takes a given one', async () => {
    const first = startGemba()
    await ready(first)
    first.child.kill('SIGTERM')
    await first.ended
    const second = startGemba()
    await ready(second)
    expect(second.output()).toContain('The password is the one printed at the first start')
    expect(serverEnv()['GEMBA_DEMO_PASSWORD']).toBeUndefined()
    second.child.kill('SIGTERM')
    await second.ended
    const third = startGemba({ GEMBA_DEMO_PASSWORD: 'given-by-me' })
    await ready(third)
    expect(third.output()).toContain('the one given in GEMBA_DEMO_PASSWORD')
    expect(third.output()).not.toContain('given-by-me')
    expect(serverEnv()['GEMBA_DEMO_PASSWORD']).toBe('given-by-me')
  })

  it('refuses a data folder that a running Gemba uses, and takes over the lock of one that was killed', async () => {
    const first = startGemba()
    await ready(first)
    const second = startGemba()
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('is in use')
    expect(second.output()).toContain(`process ${first.child.pid}`)
    const metadata = pidOf('metadata')
    const others = ['warehouse', 'server', 'collector', 'edge-brq', 'plant'].map(pidOf)
    first.child.kill('SIGKILL')
    await first.ended
    await until(() => others.filter(isAlive).length === 0)
    expect(isAlive(metadata)).toBe(true)
    const third = startGemba()
    await ready(third)
    expect(pidOf('metadata')).toBe(metadata)
    expect(await askMetadata()).toBe(1)
    expect(await askWarehouse()).toBe('1')
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
    expect(isAlive(metadata)).toBe(false)
  })

  it('restarts every process that is killed', async () => {
    const gemba = startGemba()
    await ready(gemba)
    const url = serverEnv()['WAREHOUSE_URL']
    for (const name of ['metadata', 'warehouse', 'server', 'watchdog', 'collector', 'plant']) {
      const before = pidOf(name)
      process.kill(before, 'SIGKILL')
      await until(() => pidOf(name) !== 0 && pidOf(name) !== before && isAlive(pidOf(name)))
    }
    await until(async () => (await askWarehouse().catch(() => '')) === '1')
    await until(async () => (await askMetadata().catch(() => 0)) === 1)
    await until(async () => (await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => null))?.ok)
    expect(serverEnv()['WAREHOUSE_URL']).toBe(url)
  })

  it('names the part that does not come up, its last words and the log, and leaves nothing running', async () => {
    writePrograms({ server: 'console.error("the flux capacitor is missing"); process.exit(3)\n' })
    const gemba = startGemba()
    expect(await gemba.ended).toBe(1)
    expect(gemba.output()).toContain('The server did not come up')
    expect(gemba.output()).toContain('the flux capacitor is missing')
    expect(gemba.output()).toContain(join(dataDir, 'logs', 'server.log'))
    expect(gemba.output()).not.toContain('Gemba is ready')
    expect(processesNaming(dataDir)).toEqual([])
  })

  it('notices a collector that ends at once', async () => {
    writeFileSync(join(folder, 'root/collectors/src/main.ts'), 'throw new Error("no spool")')
    const gemba = startGemba()
    expect(await gemba.ended).toBe(1)
    expect(gemba.output()).toContain('The collector did not come up')
    expect(gemba.output()).toContain('no spool')
  })

  it('kills a program that does not listen to the request to stop', async () => {
    writePrograms({ plant: `process.on('SIGTERM', () => {})\n${FAKE_PLANT}` })
    const gemba = startGemba()
    await ready(gemba)
    const plant = pidOf('plant')
    gemba.child.kill('SIGTERM')
    expect(await gemba.ended).toBe(0)
    expect(isAlive(plant)).toBe(false)
  })

  it('uses stores given from outside and starts none of its own', async () => {
    const gemba = startGemba({
      METADATA_URL: 'postgres://somebody@db.example/gemba',
      WAREHOUSE_URL: 'http://u:p@ch.example:8123/gemba',
    })
    await ready(gemba)
    expect(serverEnv()['METADATA_URL']).toBe('postgres://somebody@db.example/gemba')
    expect(serverEnv()['GEMBA_EMBEDDED']).toBe('')
    expect(existsSync(join(dataDir, 'metadata'))).toBe(false)
  })
})
