import { resolve } from 'node:path'
import { PLANT_NETWORKS } from '@gemba/contracts/network-address'
import { z } from 'zod'

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Everything the server takes from its environment. */
const environment = z.object({
  GEMBA_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  /** Address to listen on; loopback unless told otherwise. */
  GEMBA_HOST: z.string().min(1).default('127.0.0.1'),
  GEMBA_DATA: z.string().min(1).default('.gemba'),
  METADATA_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// address is needed'),
  WAREHOUSE_URL: z.string().regex(/^https?:\/\//, 'an http(s):// address of a ClickHouse server is needed'),
  /** A catalog document that is imported at start. */
  GEMBA_PROVISION: z.string().optional(),
  /** File with the key that encrypts secrets of sources. */
  GEMBA_SECRET_KEY_FILE: z.string().min(1),
  /** JSON file that names the identity provider and the directory people may sign in with. */
  GEMBA_IDENTITY: z.string().optional(),
  /** Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, comma separated. */
  GEMBA_TRUSTED_PROXIES: z.string().default('').transform(list),
  /** Hosts and networks of the company that the server may call (`login.plant.example,10.2.0.0/16`), comma separated. */
  GEMBA_OUTGOING_ALLOW: z.string().default('').transform(list),
  /**
   * Networks of the plant that collectors may call (`10.2.0.0/16`), comma separated; every private one and the machine
   * itself without it. Link-local addresses and key services of clouds stay closed whatever it says.
   */
  GEMBA_COLLECTOR_NETWORKS: z.string().default(PLANT_NETWORKS.join(',')).transform(list),
  /** `id:token` of each collector, comma separated. */
  GEMBA_COLLECTOR_TOKENS: z.string().default('').transform(list),
  GEMBA_DEMO: z.enum(['on', 'off']).default('off'),
  GEMBA_DEMO_PASSWORD: z.string().min(8).max(200).optional(),
  /** Password of the first administrator where there is no demo. */
  GEMBA_ADMIN_PASSWORD: z.string().min(8).max(200).optional(),
  /** Which stores are embedded: metadata, warehouse. */
  GEMBA_EMBEDDED: z.string().default('').transform(list),
  /** Hosts that JSON webhooks may be sent to, comma separated; none without it. */
  GEMBA_WEBHOOK_HOSTS: z.string().default('').transform(list),
  /** Days for which files of deliveries are kept; links in mails work for fourteen. */
  GEMBA_DELIVERY_FILE_DAYS: z.coerce.number().int().min(15).max(3_653).default(90),
  /** Whether who submits a report may not publish it as well. */
  GEMBA_REPORT_FOUR_EYES: z.enum(['on', 'off']).default('off'),
  /**
   * Budget of an account for what is expensive: what can be used at once (0 = no limit), and what comes back in a
   * minute. A figure of a machine for a day costs about one.
   */
  GEMBA_COST_BURST: z.coerce.number().int().min(0).max(10_000_000).default(6_000),
  GEMBA_COST_PER_MINUTE: z.coerce.number().int().min(1).max(10_000_000).default(3_000),
  GEMBA_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
})

export interface ServerConfig {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly metadataUrl: string
  readonly warehouseUrl: string
  readonly provisionFile: string | null
  readonly secretKeyFile: string
  readonly identityFile: string | null
  readonly trustedProxies: readonly string[]
  readonly outgoingAllow: readonly string[]
  readonly collectorNetworks: readonly string[]
  readonly collectorTokens: readonly { id: string; token: string }[]
  readonly demo: boolean
  readonly demoPassword: string | null
  readonly adminPassword: string | null
  readonly embedded: readonly string[]
  readonly webhookHosts: readonly string[]
  readonly deliveryFileDays: number
  readonly reportFourEyes: boolean
  readonly costBurst: number
  readonly costPerMinute: number
  readonly logLevel: string
}

/** Reads the environment; every fault is named at once. */
export function readConfig(source: Record<string, string | undefined>): ServerConfig {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const result = environment.safeParse(present)
  if (!result.success) throw new Error(`The environment is not usable:\n${z.prettifyError(result.error)}`)
  const env = result.data
  return {
    port: env.GEMBA_PORT,
    host: env.GEMBA_HOST,
    dataDir: resolve(env.GEMBA_DATA),
    metadataUrl: env.METADATA_URL,
    warehouseUrl: env.WAREHOUSE_URL,
    provisionFile: env.GEMBA_PROVISION ?? null,
    secretKeyFile: env.GEMBA_SECRET_KEY_FILE,
    identityFile: env.GEMBA_IDENTITY ?? null,
    trustedProxies: env.GEMBA_TRUSTED_PROXIES,
    outgoingAllow: env.GEMBA_OUTGOING_ALLOW,
    collectorNetworks: env.GEMBA_COLLECTOR_NETWORKS,
    collectorTokens: env.GEMBA_COLLECTOR_TOKENS.map((entry) => ({
      id: entry.slice(0, entry.indexOf(':')),
      token: entry.slice(entry.indexOf(':') + 1),
    })),
    demo: env.GEMBA_DEMO === 'on',
    demoPassword: env.GEMBA_DEMO_PASSWORD ?? null,
    adminPassword: env.GEMBA_ADMIN_PASSWORD ?? null,
    embedded: env.GEMBA_EMBEDDED,
    webhookHosts: env.GEMBA_WEBHOOK_HOSTS,
    deliveryFileDays: env.GEMBA_DELIVERY_FILE_DAYS,
    reportFourEyes: env.GEMBA_REPORT_FOUR_EYES === 'on',
    costBurst: env.GEMBA_COST_BURST,
    costPerMinute: env.GEMBA_COST_PER_MINUTE,
    logLevel: env.GEMBA_LOG_LEVEL,
  }
}

export const currentConfig = (): ServerConfig => readConfig(process.env)

/** Injection token of the configuration. */
export const SERVER_CONFIG = Symbol('server configuration')
