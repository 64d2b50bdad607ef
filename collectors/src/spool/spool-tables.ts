import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const TABLES = `
CREATE TABLE IF NOT EXISTS batch (
  stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  sha256 TEXT NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, next INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS last_reading (point TEXT PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`

/** SQLite's codes: the file is busy, is no database, or is damaged. */
const BUSY = 5
const DAMAGED = new Set([11, 26])

export class SpoolLockedError extends Error {
  constructor(dir: string) {
    super(`Another collector holds the spool directory ${dir}`)
  }
}

const codeOf = (error: unknown): number => (error as { errcode?: number }).errcode ?? 0

function openFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    // The exclusive mode is the lock of the directory: the system gives it back when the process is gone.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    database.exec('PRAGMA journal_size_limit = 4194304')
    database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Opens the file of a spool directory. A damaged file is moved aside, never a reason not to start. */
export function openSpoolFile(dir: string): { database: DatabaseSync; wasDamaged: boolean } {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, 'spool.sqlite')
  try {
    return { database: openFile(file), wasDamaged: false }
  } catch (error) {
    if (codeOf(error) === BUSY) throw new SpoolLockedError(dir)
    if (!DAMAGED.has(codeOf(error))) throw error
    const aside = `${file}.damaged-${randomBytes(4).toString('hex')}`
    renameSync(file, aside)
    for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
    return { database: openFile(file), wasDamaged: true }
  }
}
