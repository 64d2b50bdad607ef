/** What the plant keeps on disk between starts: its identity, its places on the network, how far it has spoken. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DateTime } from 'luxon'
import type { Connections } from './catalog.ts'
import type { ParameterSegment } from './machine.ts'
import type { SetName } from './parameters.ts'

export interface PlantMemory {
  seed: number
  epochAt: number
  calendarSet: SetName
  segments: ParameterSegment[]
  /** Plants that began without special days keep their calendar. */
  hasSpecialDays?: boolean
  /** When the past was told first; special days lie before. Plants that began without it keep their calendar. */
  toldAt?: number
  /** Faults planted at the first start; the past is told with them. */
  faults?: string[]
  connections: Connections
  adminPassword: string
  /** Everything up to here has been spoken: as history or live. */
  spokenAt: number
  /** A stretch of history that is being sent; a restart sends the same bytes again. */
  history: { fromAt: number; toAt: number } | null
}

const secret = (): string => randomBytes(18).toString('base64url')

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Start of the production day at Suzhou, some days ago. */
function epochOf(days: number, nowAt: number): number {
  const now = DateTime.fromMillis(nowAt, { zone: 'Asia/Shanghai' })
  const dayStart = now.set({ hour: 7, minute: 0, second: 0, millisecond: 0 })
  return (now < dayStart ? dayStart.minus({ days: 1 }) : dayStart).minus({ days }).toMillis()
}

export class MemoryFile {
  readonly memory: PlantMemory
  private readonly file: string

  private constructor(file: string, memory: PlantMemory) {
    this.file = file
    this.memory = memory
  }

  static async open(
    dataDir: string,
    wish: { seed: number; set: SetName; historyDays: number; nowAt: number; faults: readonly string[] },
  ): Promise<MemoryFile> {
    const file = join(dataDir, 'plant.json')
    if (existsSync(file)) {
      const opened = new MemoryFile(file, JSON.parse(readFileSync(file, 'utf8')) as PlantMemory)
      opened.changeSet(wish.set, wish.nowAt)
      return opened
    }
    const epochAt = epochOf(wish.historyDays, wish.nowAt)
    const memory: PlantMemory = {
      seed: wish.seed,
      epochAt,
      calendarSet: wish.set,
      segments: [{ fromAt: epochAt, set: wish.set }],
      hasSpecialDays: wish.set === 'reference',
      toldAt: wish.nowAt,
      faults: [...wish.faults],
      connections: {
        opcuaPort: await freePort(),
        mqttPort: await freePort(),
        databasePort: await freePort(),
        opcuaPassword: secret(),
        mqttPassword: secret(),
        readerPassword: secret(),
      },
      adminPassword: secret(),
      spokenAt: epochAt,
      history: null,
    }
    const made = new MemoryFile(file, memory)
    made.save()
    return made
  }

  private changeSet(set: SetName, nowAt: number): void {
    if (this.memory.segments.at(-1)?.set === set) return
    this.memory.segments.push({ fromAt: nowAt, set })
    this.save()
  }

  save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.memory, null, 2), { mode: 0o600 })
    renameSync(`${this.file}.new`, this.file)
  }
}
