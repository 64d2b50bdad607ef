import { availableParallelism, totalmem } from 'node:os'
import { z } from 'zod'

const LARGEST_DEFAULT_MEMORY = 1_200_000_000

/** Environment of the store process. */
const environment = z.object({
  GEMBA_STORE_DIR: z.string().min(1),
  GEMBA_STORE_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  GEMBA_STORE_TOKEN: z.string().min(16, 'at least 16 characters'),
  GEMBA_STORE_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(300_000_000)
    .default(() => Math.min(LARGEST_DEFAULT_MEMORY, Math.max(300_000_000, Math.floor(totalmem() / 4)))),
  GEMBA_STORE_READ_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(600).default(60),
  GEMBA_STORE_USER_ROWS: z.coerce.number().int().min(1).default(1_000_000),
  UV_THREADPOOL_SIZE: z.coerce.number().int().default(4),
})

export interface StoreConfig {
  readonly dataDir: string
  readonly port: number
  readonly token: string
  /** Memory of the whole engine. */
  readonly memoryBytes: number
  /** Most memory of one query. */
  readonly queryMemoryBytes: number
  readonly threads: number
  /** Longest run of a query written by a user, and the most rows it may give. */
  readonly userTimeoutSeconds: number
  readonly userRows: number
  /** Sessions by use: an insert never waits behind a long read, and users' reads never behind each other's inserts. */
  readonly sessions: { readonly insert: number; readonly query: number; readonly reader: number }
}

const SESSIONS = { insert: 3, query: 6, reader: 2 } as const

export function readConfig(source: NodeJS.ProcessEnv): StoreConfig {
  const parsed = environment.safeParse(source)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const env = parsed.data
  const needed = SESSIONS.insert + SESSIONS.query + SESSIONS.reader + 1
  if (env.UV_THREADPOOL_SIZE < needed)
    throw new Error(`UV_THREADPOOL_SIZE must be at least ${needed}, else a long query blocks every other one`)
  return {
    dataDir: env.GEMBA_STORE_DIR,
    port: env.GEMBA_STORE_PORT,
    token: env.GEMBA_STORE_TOKEN,
    memoryBytes: env.GEMBA_STORE_MEMORY_BYTES,
    queryMemoryBytes: Math.floor(env.GEMBA_STORE_MEMORY_BYTES * 0.6),
    threads: Math.min(8, availableParallelism()),
    userTimeoutSeconds: env.GEMBA_STORE_READ_TIMEOUT_SECONDS,
    userRows: env.GEMBA_STORE_USER_ROWS,
    sessions: SESSIONS,
  }
}

export const currentConfig = (): StoreConfig => readConfig(process.env)
