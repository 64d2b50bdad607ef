import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { z } from 'zod'

const settings = z.object({
  serverUrl: z.url({ protocol: /^https?$/ }),
  id: z.string().regex(/^[a-z0-9-]{1,60}$/),
  token: z.string().min(16),
  spoolDir: z.string().min(1),
  /** Bytes the spool may take on disk. */
  spoolLimitBytes: z.coerce.number().int().min(16_000_000).default(4_000_000_000),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
})

export type CollectorSettings = z.infer<typeof settings>

/** Settings from the command line (edge agent), else from the environment; every fault is named at once. */
export function readSettings(argv: readonly string[], environment: NodeJS.ProcessEnv): CollectorSettings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      server: { type: 'string' },
      id: { type: 'string' },
      token: { type: 'string' },
      spool: { type: 'string' },
    },
  })
  const result = settings.safeParse({
    serverUrl: values.server ?? environment['GEMBA_SERVER_URL'],
    id: values.id ?? environment['GEMBA_COLLECTOR_ID'],
    token: values.token ?? environment['GEMBA_COLLECTOR_TOKEN'],
    spoolDir: values.spool ?? environment['GEMBA_SPOOL_DIR'],
    ...(environment['GEMBA_SPOOL_LIMIT_BYTES'] ? { spoolLimitBytes: environment['GEMBA_SPOOL_LIMIT_BYTES'] } : {}),
    ...(environment['GEMBA_LOG_LEVEL'] ? { logLevel: environment['GEMBA_LOG_LEVEL'] } : {}),
  })
  if (!result.success)
    throw new Error(
      `The collector's settings are not usable:\n${z.prettifyError(result.error)}\nUse: --server URL --id ID --token T --spool DIR`,
    )
  return {
    ...result.data,
    spoolDir: resolve(result.data.spoolDir),
    serverUrl: result.data.serverUrl.replace(/\/+$/, ''),
  }
}

export const currentSettings = (): CollectorSettings => readSettings(process.argv.slice(2), process.env)
