/** CPU time and resident memory of processes, from the kernel's own accounting (Linux). */
import { readFileSync, readdirSync } from 'node:fs'

export interface Usage {
  pid: number
  cpuMs: number
  rssMb: number
}

/** The kernel counts CPU time in ticks of 10 ms on every supported platform. */
const TICK_MS = 10

function stat(pid: number): { parent: number; cpuMs: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS }
  } catch {
    return null
  }
}

function rssMb(pid: number): number {
  try {
    // Proportional share: shared pages (PostgreSQL's buffers) are counted once over all processes.
    const rollup = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return Number(rollup?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** The process and all its descendants. */
export function tree(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(all.map((candidate) => [candidate, stat(candidate)?.parent ?? 0]))
  const found = [pid]
  for (const parent of found)
    for (const [child, of] of parents) if (of === parent && !found.includes(child)) found.push(child)
  return found
}

export function usage(pid: number): Usage | null {
  const now = stat(pid)
  return now ? { pid, cpuMs: now.cpuMs, rssMb: rssMb(pid) } : null
}
