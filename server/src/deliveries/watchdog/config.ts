import { resolve } from 'node:path'
import { z } from 'zod'

/** Everything the watchdog takes from its environment. */
const environment = z.object({
  METADATA_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// address is needed'),
  GEMBA_SECRET_KEY_FILE: z.string().min(1),
  GEMBA_DATA: z.string().min(1).default('.gemba'),
  GEMBA_PORT: z.coerce.number().int().default(8080),
  GEMBA_DEMO: z.enum(['on', 'off']).default('off'),
  GEMBA_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
})

export interface WatchdogConfig {
  readonly metadataUrl: string
  readonly secretKeyFile: string
  readonly dataDir: string
  readonly port: number
  readonly demo: boolean
  readonly logLevel: string
}

export function currentConfig(source: NodeJS.ProcessEnv = process.env): WatchdogConfig {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const env = environment.parse(present)
  return {
    metadataUrl: env.METADATA_URL,
    secretKeyFile: env.GEMBA_SECRET_KEY_FILE,
    dataDir: resolve(env.GEMBA_DATA),
    port: env.GEMBA_PORT,
    demo: env.GEMBA_DEMO === 'on',
    logLevel: env.GEMBA_LOG_LEVEL,
  }
}
