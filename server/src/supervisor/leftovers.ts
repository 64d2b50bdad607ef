/** What an earlier supervisor left behind when it was killed: its lock, its children, and databases of its children. */
import { existsSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive } from '../database/embedded-postgres.ts'

/** When a process started, as the kernel counts; tells two processes with the same number apart. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

/**
 * Takes the data folder for this process. Gives the number of the process that has it already, or null when it is
 * ours. The lock of a process that is gone is taken over.
 */
export function takeLock(file: string): number | null {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      const descriptor = openSync(file, 'wx', 0o600)
      writeSync(descriptor, `${process.pid} ${startOf(process.pid)}\n`)
      closeSync(descriptor)
      return null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid = 0, start = ''] = readLock(file)
    if (pid > 0 && pid !== process.pid && isAlive(pid) && startOf(pid) === start) return pid
    rmSync(file, { force: true })
  }
  throw new Error(`${file} cannot be taken`)
}

function readLock(file: string): [number, string] {
  try {
    const [pid, start] = readFileSync(file, 'utf8').trim().split(' ')
    return [Number(pid), start ?? '']
  } catch {
    return [0, '']
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Ends processes of an earlier run that still live; the metadata store is reused and stays. */
export async function endLeftovers(runDir: string, root: string): Promise<string[]> {
  const ended: string[] = []
  const files = existsSync(runDir) ? readdirSync(runDir).filter((name) => name.endsWith('.pid')) : []
  await Promise.all(
    files.map(async (name) => {
      const file = join(runDir, name)
      const pid = Number(readFileSync(file, 'utf8').trim())
      if (name === 'metadata.pid') return
      if (Number.isInteger(pid) && pid > 1 && isAlive(pid) && commandOf(pid).includes(root)) {
        await end(pid)
        ended.push(name.slice(0, -'.pid'.length))
      }
      rmSync(file, { force: true })
    }),
  )
  return ended
}

async function end(pid: number): Promise<void> {
  for (const [name, waitMs] of [
    ['SIGTERM', 3_000],
    ['SIGKILL', 2_000],
  ] as const) {
    try {
      process.kill(pid, name)
    } catch {
      return
    }
    const until = performance.now() + waitMs
    while (isAlive(pid) && performance.now() < until) await pause(25)
    if (!isAlive(pid)) return
  }
}

/** Ends PostgreSQL servers whose data lies below the folder: those of a child that could not stop them itself. */
export async function endPostgresBelow(folder: string, depth = 3): Promise<void> {
  if (depth === 0 || !existsSync(folder)) return
  const pointer = join(folder, 'kept-elsewhere')
  if (existsSync(pointer)) return endPostgresBelow(readFileSync(pointer, 'utf8').trim(), 1)
  const pidFile = join(folder, 'postmaster.pid')
  if (existsSync(pidFile)) {
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    if (pid > 1 && isAlive(pid) && commandOf(pid).includes('postgres')) await end(pid)
    return
  }
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  await Promise.all(folders.map((entry) => endPostgresBelow(join(folder, entry.name), depth - 1)))
}
