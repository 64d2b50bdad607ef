/** Starts the built product in a folder of its own, as `npm start` does after its set-up, and stops it without a trace. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A minute and a half alone on two cores; several products and browsers beside it take as much each. */
export const READY_WITHIN_MS = 600_000

export interface ProductOptions {
  demo?: 'on' | 'off'
  plant?: 'reference' | 'nervous'
  historyDays?: number
  dataDir?: string
  port?: number
  environment?: Record<string, string>
  readyWithinMs?: number
}

export interface Product {
  url: string
  port: number
  dataDir: string
  password: string
  ledger: string
  /** Milliseconds from start to the ready line. */
  readyMs: number
  output: () => string
  /** Process id of a supervised program: metadata, warehouse, server, collector, plant. */
  pid: (name: string) => number | null
  supervisor: ChildProcess
  stop: (options?: { keepData?: boolean }) => Promise<void>
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Waiting on would be in vain. */
class GivenUp extends Error {}

/** Polls until `probe` gives a value that is not null, undefined or false. */
export async function until<T>(what: string, probe: () => Promise<T> | T, withinMs = 30_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs
  let lastError: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== null && value !== undefined && value !== false) return value as NonNullable<T>
    } catch (error) {
      if (error instanceof GivenUp) throw error
      lastError = error
    }
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`, { cause: lastError })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function readPid(dataDir: string, name: string): number | null {
  try {
    const pid = Number(readFileSync(join(dataDir, 'run', `${name}.pid`), 'utf8').trim())
    return Number.isInteger(pid) && pid > 1 && isAlive(pid) ? pid : null
  } catch {
    return null
  }
}

function logsOf(dataDir: string): string {
  try {
    const logs = readdirSync(join(dataDir, 'logs')).filter((name) => name.endsWith('.log'))
    return logs
      .map((name) => `--- ${name}\n${readFileSync(join(dataDir, 'logs', name), 'utf8').slice(-3000)}`)
      .join('\n')
  } catch {
    return ''
  }
}

/** A folder that the account of the database can pass through: what it keeps then lies and ends with it. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-'))
  chmodSync(folder, 0o755)
  return folder
}

function launch(options: ProductOptions, place: { port: number; dataDir: string; password: string }): ChildProcess {
  const args = ['--port', String(place.port), '--data', place.dataDir, '--demo', options.demo ?? 'on']
  args.push('--plant', options.plant ?? 'reference', '--history-days', String(options.historyDays ?? 1))
  return spawn(process.execPath, [join(root, 'server/dist/supervisor/main.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GEMBA_DEMO_PASSWORD: place.password, NODE_ENV: 'production', ...options.environment },
  })
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const place = {
    port: options.port ?? (await freePort()),
    dataDir: options.dataDir ?? ownFolder(),
    password: 'Flow-test-password-1',
  }
  const startedAt = performance.now()
  const supervisor = launch(options, place)
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-50_000)
  }
  supervisor.stdout?.on('data', keep)
  supervisor.stderr?.on('data', keep)
  try {
    await until(
      'the ready line',
      () => {
        if (supervisor.exitCode !== null) throw new GivenUp(`the supervisor ended with ${supervisor.exitCode}`)
        return text.includes('Gemba is ready')
      },
      options.readyWithinMs ?? READY_WITHIN_MS,
    )
  } catch (error) {
    await stopChild(supervisor)
    throw new Error(`The product did not get ready.\n${text}\n${logsOf(place.dataDir)}`, { cause: error })
  }
  return {
    url: `http://127.0.0.1:${place.port}`,
    ...place,
    ledger: join(place.dataDir, 'plant/ledger.ndjson'),
    readyMs: performance.now() - startedAt,
    output: () => text,
    pid: (name) => readPid(place.dataDir, name),
    supervisor,
    stop: async ({ keepData = false } = {}) => {
      await stopChild(supervisor)
      if (!keepData) rmSync(place.dataDir, { recursive: true, force: true })
    },
  }
}

/** Signs in and gives a fetch that carries the session. */
export async function signIn(
  product: Pick<Product, 'url' | 'password'>,
  user = 'admin',
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const answer = await fetch(`${product.url}/api/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: product.url },
    body: JSON.stringify({ user, password: product.password }),
  })
  if (!answer.ok) throw new Error(`Sign-in failed with ${answer.status}: ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((entry) => entry.split(';')[0])
    .join('; ')
  return (path, init = {}) =>
    fetch(`${product.url}${path}`, {
      ...init,
      headers: { cookie, origin: product.url, ...(init.headers as Record<string, string>) },
    })
}
