/** PostgreSQL refuses to run as root; these functions find an account for it and places that account can reach. */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The account for a child process: null = the one we run as (not root), otherwise `nobody`. */
export function unprivilegedAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : { uid: 65534, gid: 65534 }
}

function mayTraverse(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path)
  if (uid === account.uid) return (mode & 0o100) !== 0
  if (gid === account.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

/** The first folder above (or at) `path` that the account cannot pass; null when the way is free. */
export function blockedAt(path: string, account: Account): string | null {
  const way: string[] = []
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder)) way.unshift(folder)
    if (folder === dirname(folder)) break
  }
  return way.find((folder) => !mayTraverse(folder, account)) ?? null
}

/** Makes a folder that belongs to the account alone. */
export function ownFolder(path: string, account: Account | null): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
  if (account) chownSync(path, account.uid, account.gid)
}

const POINTER = 'kept-elsewhere'
const ELSEWHERE = '/var/lib/gemba'

/**
 * The folder where data wanted at `path` really lies. Usually `path` itself; when the account cannot pass one of its
 * parents (a checkout under /root, say), a folder of its own under /var/lib/gemba, remembered in a file at `path`.
 */
export function reachableFolder(path: string, account: Account | null): string {
  const pointer = join(path, POINTER)
  if (existsSync(pointer)) return readFileSync(pointer, 'utf8').trim()
  if (!account || blockedAt(dirname(resolve(path)), account) === null) return resolve(path)
  mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 })
  const blocked = blockedAt(ELSEWHERE, account)
  if (blocked !== null) {
    throw new Error(
      `the account ${account.uid} can pass neither the parents of ${path} nor ${blocked}; choose a data folder outside of private home folders`,
    )
  }
  const place = mkdtempSync(join(ELSEWHERE, 'store-'))
  chownSync(place, account.uid, account.gid)
  mkdirSync(path, { recursive: true })
  writeFileSync(pointer, `${place}\n`)
  return join(place)
}

/** A path of a unix socket must fit into `sockaddr_un`. */
const LONGEST_SOCKET_PATH = 107

export function socketFits(socketDir: string): boolean {
  return Buffer.byteLength(join(socketDir, '.s.PGSQL.5432')) <= LONGEST_SOCKET_PATH
}

function isOurs(path: string, account: Account | null): boolean {
  try {
    const found = lstatSync(path)
    const owner = account?.uid ?? process.getuid?.() ?? found.uid
    return found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0
  } catch {
    return false
  }
}

/**
 * A folder for a socket: the wanted one, or a short one under the folder for temporary files when the wanted path is
 * too long or cannot be reached. A folder of somebody else with the expected name is never used.
 */
export function socketFolder(wanted: string, account: Account | null): string {
  const reachable = !account || blockedAt(dirname(resolve(wanted)), account) === null
  if (reachable && socketFits(resolve(wanted))) {
    ownFolder(wanted, account)
    return resolve(wanted)
  }
  const root = [tmpdir(), '/tmp'].find(
    (path) => Buffer.byteLength(path) < 60 && (!account || blockedAt(path, account) === null),
  )
  if (!root) throw new Error(`no folder for temporary files is short and reachable enough for a socket`)
  const name = createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12)
  const expected = join(root, `gemba-${name}`)
  const path =
    existsSync(expected) && !isOurs(expected, account) ? `${expected}-${randomBytes(4).toString('hex')}` : expected
  ownFolder(path, account)
  return path
}
