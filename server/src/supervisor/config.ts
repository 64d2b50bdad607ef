import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const MAX_PORT = 65_535

const options = z.object({
  port: z.coerce.number().int().min(1).max(MAX_PORT).default(8080),
  data: z.string().min(1).default('.gemba'),
  demo: z.enum(['on', 'off']).default('on'),
  plant: z.enum(['reference', 'nervous']).default('reference'),
  'history-days': z.coerce.number().int().min(0).max(400).default(30),
  faults: z
    .string()
    .regex(/^[a-z,-]*$/)
    .default(''),
})

const environment = z.object({
  GEMBA_HOST: z.string().min(1).default('127.0.0.1'),
  GEMBA_DEMO_PASSWORD: z.string().min(8).max(200).optional(),
  GEMBA_ADMIN_PASSWORD: z.string().min(8).max(200).optional(),
  GEMBA_COLLECTOR_SERVER_URL: z.url({ protocol: /^https?$/ }).optional(),
  METADATA_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  WAREHOUSE_URL: z.url({ protocol: /^https?$/ }).optional(),
})

export interface SupervisorConfig {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly demo: boolean
  readonly plant: 'reference' | 'nervous'
  readonly historyDays: number
  /** Faults planted into the feeds of the demo: `all` or names with commas between. */
  readonly faults: string
  /** Password of the demo users, or of the first admin without the demo; null = not given. */
  readonly givenPassword: string | null
  /** Where our collectors find the server when that is not straight at its port (a proxy); null = straight. */
  readonly collectorServerUrl: string | null
  /** Stores given from outside; null = ours. */
  readonly metadataUrl: string | null
  readonly warehouseUrl: string | null
  /** Environment handed on to the children, without what only the supervisor needs. */
  readonly inherited: Record<string, string>
}

const OWN = new Set([
  'GEMBA_DEMO_PASSWORD',
  'GEMBA_ADMIN_PASSWORD',
  'GEMBA_COLLECTOR_SERVER_URL',
  'METADATA_URL',
  'WAREHOUSE_URL',
  'NODE_CHANNEL_FD',
  'NODE_OPTIONS',
])

export function readConfig(argv: readonly string[], source: NodeJS.ProcessEnv): SupervisorConfig {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: Object.fromEntries(Object.keys(options.shape).map((name) => [name, { type: 'string' as const }])),
  })
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const given = options.safeParse(values)
  const env = environment.safeParse(present)
  const faults = [given, env].filter((result) => !result.success).map((result) => z.prettifyError(result.error))
  if (!given.success || !env.success) throw new Error(faults.join('\n'))
  return {
    port: given.data.port,
    host: env.data.GEMBA_HOST,
    dataDir: resolve(given.data.data),
    demo: given.data.demo === 'on',
    plant: given.data.plant,
    historyDays: given.data['history-days'],
    faults: given.data.faults,
    givenPassword: (given.data.demo === 'on' ? env.data.GEMBA_DEMO_PASSWORD : env.data.GEMBA_ADMIN_PASSWORD) ?? null,
    collectorServerUrl: env.data.GEMBA_COLLECTOR_SERVER_URL ?? null,
    metadataUrl: env.data.METADATA_URL ?? null,
    warehouseUrl: env.data.WAREHOUSE_URL ?? null,
    inherited: Object.fromEntries(Object.entries(present).filter(([name]) => !OWN.has(name))) as Record<string, string>,
  }
}

export const currentConfig = (): SupervisorConfig => readConfig(process.argv.slice(2), process.env)
