/** For tests: a MariaDB server (Debian `mariadb-server`) in a folder of its own, on a free port, never as root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql, { type Connection } from 'mysql2'
import { ownFolder, unprivilegedAccount } from '../../database/unprivileged.ts'

const PROGRAM = ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'].find(existsSync)
const INSTALL = ['/usr/bin/mariadb-install-db', '/usr/local/bin/mariadb-install-db'].find(existsSync)
const START_PATIENCE_MS = 90_000

/** Whether the program is there; says loudly what is left out when it is not. */
export function hasMariaDb(what: string): boolean {
  const isThere = PROGRAM !== undefined && INSTALL !== undefined
  if (!isThere) console.warn(`SKIPPED: ${what}: install mariadb-server to run it`)
  return isThere
}

export interface RunningMariaDb {
  readonly port: number
  /** Statements of the owner, one after the other. */
  run(...statements: string[]): Promise<void>
  ask<R>(sql: string, values?: readonly unknown[]): Promise<R[]>
  stop(): Promise<void>
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

export const OWNER = { user: 'owner', password: 'owns-all-0123456789' }

/** With `settings` as further `--name=value` of the server. */
export async function startMariaDb(settings: readonly string[] = []): Promise<RunningMariaDb> {
  const account = unprivilegedAccount()
  const folder = mkdtempSync(join(tmpdir(), 'gemba-mariadb-'))
  chmodSync(folder, 0o755)
  const dataDir = join(folder, 'data')
  ownFolder(dataDir, account)
  const as = { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }, ...(account ?? {}) }
  const installed = [
    '--no-defaults',
    `--datadir=${dataDir}`,
    '--skip-test-db',
    '--auth-root-authentication-method=normal',
  ]
  execFileSync(INSTALL ?? '', installed, { ...as, stdio: 'ignore' })
  const port = await freePort()
  const init = [
    '--no-defaults',
    `--datadir=${dataDir}`,
    `--socket=${join(dataDir, 'own.sock')}`,
    `--pid-file=${join(dataDir, 'own.pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=16M',
    ...settings,
  ]
  const child = spawn(PROGRAM ?? '', init, { ...as, stdio: 'ignore' })
  const root = await reached(child, join(dataDir, 'own.sock'))
  await asked(root, `CREATE USER '${OWNER.user}'@'%' IDENTIFIED BY '${OWNER.password}'`)
  await asked(root, `GRANT ALL PRIVILEGES ON *.* TO '${OWNER.user}'@'%' WITH GRANT OPTION`)
  const stop = async (): Promise<void> => {
    root.destroy()
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    port,
    run: async (...statements) => {
      for (const statement of statements) await asked(root, statement)
    },
    ask: <R>(sql: string, values: readonly unknown[] = []) => asked(root, sql, values) as Promise<R[]>,
    stop,
  }
}

/** The first connection that is taken: the server says in no other way that it is ready. */
async function reached(child: ChildProcess, socketPath: string): Promise<Connection> {
  const deadline = performance.now() + START_PATIENCE_MS
  for (;;) {
    const connection = mysql.createConnection({ socketPath, user: 'root', charset: 'utf8mb4' })
    connection.on('error', () => undefined)
    const error = await new Promise<Error | null>((resolve) => connection.connect((failure) => resolve(failure)))
    if (error === null) return connection
    connection.destroy()
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`MariaDB did not start: ${error.message}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function asked(connection: Connection, sql: string, values: readonly unknown[] = []): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, [...values], (error: Error | null, rows: unknown) =>
      error === null ? resolve(rows) : reject(error),
    )
  })
}
