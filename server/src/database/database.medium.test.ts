/** Real: PostgreSQL from npm's binaries, TypeORM as the server opens it, signals. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectionOf, dataSourceOptions } from './database.module.ts'
import { type RunningPostgres, isAlive, startPostgres } from './embedded-postgres.ts'
import { blockedAt, reachableFolder, socketFolder, unprivilegedAccount } from './unprivileged.ts'

let folder: string
const running: RunningPostgres[] = []
const options = (name = 'main') => ({
  dataDir: join(folder, name, 'metadata'),
  socketDir: join(folder, name, 'run'),
  user: 'gemba',
  database: 'gemba',
})
async function start(more: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<RunningPostgres> {
  const server = await startPostgres({ ...options(), ...more })
  running.push(server)
  return server
}
const answer = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows[0] as Record<string, unknown>
  } finally {
    await client.end().catch(() => undefined)
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemba-pg-'))
  chmodSync(folder, 0o755)
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an embedded PostgreSQL', () => {
  it('is made in an empty folder: UTF-8, C order, modest memory, private socket, no port', async () => {
    const server = await start()
    expect(
      await answer(
        server.url,
        `SELECT current_database() AS database, pg_encoding_to_char(encoding) AS encoding, datcollate AS collation,
                current_setting('listen_addresses') AS addresses, current_setting('shared_buffers') AS buffers
         FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual({ database: 'gemba', encoding: 'UTF8', collation: 'C', addresses: '', buffers: '48MB' })
    expect(statSync(options().dataDir).mode & 0o077).toBe(0)
    expect(statSync(options().socketDir).mode & 0o077).toBe(0)
  })

  it('does not run as root', async () => {
    const server = await start()
    const uid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1])
    expect(uid).not.toBe(0)
  })

  it('is reused when it outlived its parent, and its end is still noticed', async () => {
    const first = await start()
    const ends: string[] = []
    const second = await start({ onExit: (reason) => ends.push(reason) })
    expect(second).toMatchObject({ reused: true, pid: first.pid, url: first.url })
    process.kill(first.pid, 'SIGKILL')
    await vi.waitUntil(() => ends.length === 1, { timeout: 60_000 })
  })

  it('starts again after a kill with clients connected, and keeps what was committed', async () => {
    const first = await start()
    const client = new pg.Client({ connectionString: first.url })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)')
    process.kill(first.pid, 'SIGKILL')
    // A busy machine takes its time to end a killed process; until then it still holds the folder.
    await vi.waitUntil(() => !isAlive(first.pid), { timeout: 30_000, interval: 10 })
    const second = await start()
    expect(second.reused).toBe(false)
    expect(await answer(second.url, 'SELECT count(*)::int AS n FROM kept')).toEqual({ n: 1 })
  })

  it('does not mistake another process for its server when the number was given away', async () => {
    const first = await start()
    await first.stop()
    writeFileSync(
      join(options().dataDir, 'postmaster.pid'),
      `${process.pid}\n${options().dataDir}\n0\n5432\n/x\n\n\nready   \n`,
    )
    const second = await start()
    expect(second.reused).toBe(false)
    expect(await answer(second.url, 'SELECT 1 AS one')).toEqual({ one: 1 })
  })

  it('stops at once although clients are connected', async () => {
    const server = await start()
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => undefined)
    await client.connect()
    const startedAt = performance.now()
    await server.stop()
    expect(performance.now() - startedAt).toBeLessThan(30_000)
    expect(isAlive(server.pid)).toBe(false)
  })

  it('begins anew when the first start was cut short', async () => {
    const cut = options('cut')
    mkdirSync(`${cut.dataDir}.unfinished`, { recursive: true })
    writeFileSync(join(`${cut.dataDir}.unfinished`, 'PG_VERSION'), '18\n')
    const server = await start(cut)
    expect(await answer(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 })
    expect(existsSync(`${cut.dataDir}.unfinished`)).toBe(false)
  })

  it('refuses a folder with foreign files and one of another version', async () => {
    const foreign = options('foreign')
    mkdirSync(foreign.dataDir, { recursive: true })
    writeFileSync(join(foreign.dataDir, 'letter.txt'), 'dear')
    await expect(startPostgres(foreign)).rejects.toThrow('is not empty and holds no database')
    writeFileSync(join(foreign.dataDir, 'PG_VERSION'), '9\n')
    await expect(startPostgres(foreign)).rejects.toThrow('was made by PostgreSQL 9')
  })

  it('says why it does not start', async () => {
    await expect(startPostgres({ ...options(), settings: { shared_buffers: 'nonsense' } })).rejects.toThrow(
      'shared_buffers',
    )
  })

  it('uses a short socket folder when the wanted one is too long or cannot be reached', async () => {
    const long = { ...options('long'), socketDir: join(folder, 'long', 'x'.repeat(120)) }
    const server = await start(long)
    expect(await answer(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 })
    expect(server.url).not.toContain('xxx')
  })

  it('serves a foreign system on a port with a password only', async () => {
    const port = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = probe.address() as { port: number }
        probe.close(() => resolve(free))
      })
    })
    const { dataDir, user, database } = options('erp')
    const server = await startPostgres({ dataDir, user, database, tcpPort: port, password: "p'w/@ ü" })
    running.push(server)
    expect(await answer(server.url, 'SELECT current_user AS who')).toEqual({ who: 'gemba' })
    const wrong = new URL(server.url)
    wrong.password = 'wrong'
    await expect(answer(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })
})

describe.runIf(process.getuid?.() === 0)('as root, in a private home folder', () => {
  it('the database lies where its account can reach it, and the same place is found again', async () => {
    const home = join(folder, 'home')
    mkdirSync(home, { mode: 0o700 })
    const hidden = { ...options(), dataDir: join(home, 'metadata'), socketDir: join(home, 'run') }
    const first = await start(hidden)
    await answer(first.url, 'CREATE TABLE mark (n int)')
    await first.stop()
    const second = await start(hidden)
    expect(await answer(second.url, 'SELECT count(*)::int AS n FROM mark')).toEqual({ n: 0 })
    const account = unprivilegedAccount()
    const place = reachableFolder(hidden.dataDir, account)
    expect(place).not.toBe(hidden.dataDir)
    expect(account && blockedAt(join(place, '..'), account)).toBeNull()
    await second.stop()
    rmSync(place, { recursive: true, force: true })
  })

  it('a socket folder that somebody else made beforehand is not used', () => {
    const wanted = join(folder, 'y'.repeat(120))
    const account = unprivilegedAccount()
    const first = socketFolder(wanted, account)
    chmodSync(first, 0o777)
    const second = socketFolder(wanted, account)
    expect(second).not.toBe(first)
    for (const path of [first, second]) rmSync(path, { recursive: true, force: true })
  })
})

describe('the metadata store as the server opens it', () => {
  it('runs the migrations from empty, once', async () => {
    const server = await start(options('typeorm'))
    const first = await new DataSource(dataSourceOptions(server.url)).initialize()
    const applied = (await first.query('SELECT name FROM schema_migration ORDER BY id')) as { name: string }[]
    expect(applied[0]?.name).toBe('Instance1763000000001')
    expect(await first.query('SELECT count(*)::int AS n FROM instance')).toEqual([{ n: 1 }])
    await first.destroy()
    const second = await new DataSource(dataSourceOptions(server.url)).initialize()
    expect(await second.query('SELECT name FROM schema_migration ORDER BY id')).toEqual(applied)
    await second.destroy()
  })

  it('is usable again after the server was killed under it', async () => {
    const first = await start(options('typeorm'))
    const source = await new DataSource(dataSourceOptions(first.url)).initialize()
    await Promise.all(Array.from({ length: 10 }, () => source.query('SELECT pg_sleep(0.01)')))
    process.kill(first.pid, 'SIGKILL')
    await vi.waitUntil(() => !isAlive(first.pid), { timeout: 60_000 })
    const answers = (): Promise<boolean> =>
      source.query('SELECT 1').then(
        () => true,
        () => false,
      )
    // The processes of open connections outlive their parent for a moment, and answer in it.
    await vi.waitUntil(async () => !(await answers()), { timeout: 60_000 })
    await start(options('typeorm'))
    await vi.waitUntil(answers, { timeout: 60_000 })
    const rows = await Promise.all(Array.from({ length: 20 }, () => source.query('SELECT 1 AS one')))
    expect(rows.every(([row]) => row.one === 1)).toBe(true)
    await source.destroy()
  })

  it('understands URLs of servers and of sockets', () => {
    expect(connectionOf('postgres://u:p%40@db.example:5433/gemba')).toEqual({
      url: 'postgres://u:p%40@db.example:5433/gemba',
    })
    expect(connectionOf('postgres://gemba@localhost/gemba?host=%2Frun%2Fx')).toEqual({
      host: '/run/x',
      port: 5432,
      username: 'gemba',
      database: 'gemba',
    })
  })
})
