/**
 * A PostgreSQL server as a child process, from the binaries that npm installed: the metadata store, and the databases
 * of simulated foreign systems. Survives its parent; the next start finds it through `postmaster.pid` and reuses it.
 */
import { type SpawnOptions, spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type PostgresPrograms, postgresPrograms } from './postgres-binaries.ts'
import { type Account, ownFolder, reachableFolder, socketFolder, unprivilegedAccount } from './unprivileged.ts'

export interface PostgresOptions {
  /** Folder of the database files; made when it is missing. */
  readonly dataDir: string
  /** Folder of the private unix socket. Give this or `tcpPort`. */
  readonly socketDir?: string
  /** Port on 127.0.0.1 for a foreign system; needs `password`. */
  readonly tcpPort?: number
  readonly user: string
  readonly password?: string
  readonly database: string
  /** Account of the process; when we are root, `nobody` unless another one is given. */
  readonly runAs?: Account
  /** More `-c name=value` settings. */
  readonly settings?: Readonly<Record<string, string>>
  /** File of the server's own log; beside the data folder unless given. */
  readonly logFile?: string
  /** Called once when the process ends without `stop()`. */
  readonly onExit?: (reason: string) => void
}

export interface RunningPostgres {
  readonly url: string
  readonly pid: number
  /** True when a server that was running already is used. */
  readonly reused: boolean
  readonly stop: () => Promise<void>
}

interface Place {
  readonly dataDir: string
  readonly socketDir: string | null
  readonly port: number
  readonly logFile: string
  readonly account: Account | null
  readonly programs: PostgresPrograms
}

const START_PATIENCE_MS = 60_000
const FAST_STOP_MS = 6_000
const LOG_LIMIT_BYTES = 10_000_000
const NAME = /^[a-z_][a-z0-9_]{0,62}$/

/** Small enough for an edge box, enough for thousands of users and templates. */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '48MB',
  work_mem: '8MB',
  maintenance_work_mem: '32MB',
  max_connections: '60',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  jit: 'off',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
}

export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  checkOptions(options)
  const place = placeOf(options)
  const found = await runningServer(place)
  if (found !== null) return adopt(found, place, options)
  if (!existsSync(join(place.dataDir, 'PG_VERSION'))) await createCluster(place, options)
  checkVersion(place)
  const deadline = performance.now() + START_PATIENCE_MS
  for (;;) {
    const result = await launch(place, options)
    if (typeof result !== 'string') return result
    // Backends of a killed postmaster need a moment to notice; until then their shared memory is in use.
    const passing = /shared memory block|already exists|could not bind|lock file/.test(result)
    if (!passing || performance.now() > deadline) throw new Error(`PostgreSQL did not start: ${result}`)
    await pause(300)
  }
}

function checkOptions({ socketDir, tcpPort, password, user, database }: PostgresOptions): void {
  if ((socketDir === undefined) === (tcpPort === undefined)) throw new Error('give either socketDir or tcpPort')
  if (tcpPort !== undefined && !password) throw new Error('a server on a TCP port needs a password')
  for (const name of [user, database]) if (!NAME.test(name)) throw new Error(`${name} is not a plain lower-case name`)
}

function placeOf(options: PostgresOptions): Place {
  const account = options.runAs ?? unprivilegedAccount()
  const dataDir = reachableFolder(options.dataDir, account)
  const logFile = options.logFile ?? join(dirname(options.dataDir), 'postgres.log')
  mkdirSync(dirname(logFile), { recursive: true })
  if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`)
  return {
    dataDir,
    socketDir: options.socketDir === undefined ? null : socketFolder(options.socketDir, account),
    port: options.tcpPort ?? 5432,
    logFile,
    account,
    programs: postgresPrograms(account),
  }
}

function spawnOptions({ account }: Place, more: SpawnOptions): SpawnOptions {
  const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', LANG: 'C', TZ: 'UTC', HOME: '/' }
  // A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops things in order.
  return { cwd: '/', env: environment, detached: true, ...(account ?? {}), ...more }
}

function runProgram(place: Place, command: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, spawnOptions(place, { stdio: ['pipe', 'pipe', 'pipe'] }))
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    child.on('error', reject)
    child.on('close', (code) => {
      appendFileSync(place.logFile, output)
      const faults = output.split('\n').filter((line) => /\b(ERROR|FATAL|PANIC|error):/.test(line))
      if (code === 0 && faults.length === 0) resolve(output)
      else reject(new Error(`${program.split('/').at(-1)} failed: ${(faults[0] ?? output).trim().slice(-600)}`))
    })
  })
}

/** Makes the cluster beside its final place and moves it there when it is whole, so a cut start leaves no half. */
async function createCluster(place: Place, { user, password, database }: PostgresOptions): Promise<void> {
  const { dataDir, account, programs } = place
  const rest = existsSync(dataDir) ? readdirSync(dataDir) : []
  if (rest.length > 0)
    throw new Error(`${dataDir} is not empty and holds no database (${rest.slice(0, 3).join(', ')} …)`)
  const unfinished = `${dataDir}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(dirname(dataDir), { recursive: true })
  ownFolder(unfinished, account)
  const passwordFile = join(unfinished, '..', `.${process.pid}.pw`)
  try {
    const secret: string[] = []
    if (password) {
      writeFileSync(passwordFile, password, { mode: 0o600 })
      chmodSync(passwordFile, 0o600)
      if (account) chownSync(passwordFile, account.uid, account.gid)
      secret.push(`--pwfile=${passwordFile}`)
    }
    await runProgram(place, [
      programs.initdb,
      '-D',
      unfinished,
      '-U',
      user,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-instructions',
      '--auth-local=trust',
      `--auth-host=${password ? 'scram-sha-256' : 'reject'}`,
      ...secret,
    ])
  } finally {
    rmSync(passwordFile, { force: true })
  }
  if (database !== 'postgres')
    await runProgram(
      place,
      [programs.postgres, '--single', '-D', unfinished, 'postgres'],
      `CREATE DATABASE ${database}\n`,
    )
  if (existsSync(dataDir)) rmdirSync(dataDir)
  renameSync(unfinished, dataDir)
}

function checkVersion({ dataDir, programs }: Place): void {
  const major = Number(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim())
  if (major === programs.major) return
  throw new Error(
    `${dataDir} was made by PostgreSQL ${major}, this is ${programs.major}: make a backup with the version that wrote it and restore it here`,
  )
}

interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly socketDir: string
  readonly status: string
}

function readPostmasterFile(dataDir: string): PostmasterFile | null {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    if (!Number.isInteger(pid) || pid <= 0) return null
    return { pid, port: Number(lines[3] ?? 0), socketDir: lines[4] ?? '', status: (lines[7] ?? '').trim() }
  } catch {
    return null
  }
}

/** A process that exists and is not a zombie waiting to be collected. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** The number may have been given to another program since: look at what runs under it. */
function isOurServer(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return /postgres$/.test(commandLine[0] ?? '') && commandLine.includes(dataDir)
  } catch {
    return false
  }
}

async function runningServer(place: Place): Promise<PostmasterFile | null> {
  const deadline = performance.now() + START_PATIENCE_MS
  for (;;) {
    const file = readPostmasterFile(place.dataDir)
    if (file === null || !isOurServer(file.pid, place.dataDir)) return null
    const sameDoor =
      place.socketDir === null ? file.port === place.port && file.socketDir === '' : file.socketDir !== ''
    if (file.status === 'ready' && sameDoor) return file
    if (file.status === 'ready') process.kill(file.pid, 'SIGINT')
    if (performance.now() > deadline) throw new Error(`another PostgreSQL (process ${file.pid}) holds ${place.dataDir}`)
    await pause(100)
  }
}

function urlOf(place: Place, { user, password, database }: PostgresOptions, socketDir: string | null): string {
  if (socketDir !== null) return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(socketDir)}`
  return `postgres://${user}:${encodeURIComponent(password ?? '')}@127.0.0.1:${place.port}/${database}`
}

/** Uses a server that outlived its parent. It is not our child, so its end is seen by looking. */
function adopt(found: PostmasterFile, place: Place, options: PostgresOptions): RunningPostgres {
  let stopping = false
  const watch = setInterval(() => {
    if (isAlive(found.pid)) return
    clearInterval(watch)
    if (!stopping) options.onExit?.('ended')
  }, 500)
  watch.unref()
  const stop = async () => {
    stopping = true
    await stopProcess(found.pid)
    clearInterval(watch)
  }
  const socketDir = place.socketDir === null ? null : found.socketDir
  return { url: urlOf(place, options, socketDir), pid: found.pid, reused: true, stop }
}

function lastLines(file: string, fromByte: number): string {
  const text = existsSync(file) ? readFileSync(file).subarray(fromByte).toString() : ''
  return text.trim().split('\n').slice(-6).join('\n')
}

/** Starts the server and waits until it takes connections; a text = why it did not. */
async function launch(place: Place, options: PostgresOptions): Promise<RunningPostgres | string> {
  const { dataDir, socketDir, port, programs, logFile } = place
  const door: Record<string, string> =
    socketDir === null
      ? { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
      : { listen_addresses: '', unix_socket_directories: `"${socketDir}"`, unix_socket_permissions: '0700' }
  const settings = { ...SETTINGS, ...options.settings, ...door }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const logStart = existsSync(logFile) ? statSync(logFile).size : 0
  const log = openSync(logFile, 'a', 0o600)
  const args = ['-D', dataDir, '-p', String(port), ...flags]
  const child = spawn(programs.postgres, args, spawnOptions(place, { stdio: ['ignore', log, log] }))
  closeSync(log)
  let stopping = false
  let ended: string | null = null
  child.once('error', (error) => (ended ??= error.message))
  child.once('exit', (code, signal) => (ended ??= signal ?? `exit code ${code}`))
  const deadline = performance.now() + START_PATIENCE_MS
  while (readPostmasterFile(dataDir)?.status !== 'ready' || readPostmasterFile(dataDir)?.pid !== child.pid) {
    if (ended !== null) return `${ended}: ${lastLines(logFile, logStart)}`
    if (performance.now() > deadline) {
      if (child.pid) await stopProcess(child.pid)
      return `not ready after ${START_PATIENCE_MS / 1000} s: ${lastLines(logFile, logStart)}`
    }
    await pause(20)
  }
  child.once('exit', (code, signal) => {
    if (!stopping) options.onExit?.(signal ?? `exit code ${code}`)
  })
  child.unref()
  const pid = child.pid as number
  const stop = async () => {
    stopping = true
    await stopProcess(pid)
  }
  return { url: urlOf(place, options, socketDir), pid, reused: false, stop }
}

/** Fast shutdown: clients are cut off, everything committed is kept. */
async function stopProcess(pid: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGKILL', 2_000],
  ] as const) {
    if (!isAlive(pid)) return
    try {
      process.kill(pid, signal)
    } catch {
      return
    }
    const until = performance.now() + waitMs
    while (isAlive(pid) && performance.now() < until) await pause(20)
  }
}
