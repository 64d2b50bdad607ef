import { z } from 'zod'

/** Kinds of sources, each a folder in `collectors/src`. */
export const sourceKind = z.enum(['opcua', 'mqtt', 'sparkplug', 'sql', 'push'])
export type SourceKind = z.infer<typeof sourceKind>

/** One OPC UA node to watch: browse path below `Objects`, namespace by URI, and the point it feeds. */
export const opcuaItem = z.object({
  point: z.string(),
  namespaceUri: z.string(),
  /** String identifier of the node in that namespace. */
  nodeId: z.string(),
  /** Maps enumeration numbers to words, e.g. `{"3":"executing"}`. */
  words: z.record(z.string(), z.string()).optional(),
})

export const opcuaSettings = z.object({
  kind: z.literal('opcua'),
  endpointUrl: z.string(),
  security: z.enum(['None', 'Sign', 'SignAndEncrypt']),
  user: z.string().optional(),
  password: z.string().optional(),
  publishingIntervalMs: z.number().positive().default(250),
  samplingIntervalMs: z.number().min(0).default(0),
  queueSize: z.int().positive().default(1000),
  /** SHA-1 thumbprint of the server certificate that is trusted; absent = trust on first use, then pinned. */
  serverThumbprint: z.string().optional(),
  items: z.array(opcuaItem),
})

/** A JSON topic rule: `topic` may hold `+`; captured levels are used in `point` as `{1}`, `{2}` … */
export const mqttRule = z.object({
  topic: z.string(),
  point: z.string(),
  /** Dotted path of the value in the payload. Default `v`. */
  valuePath: z.string().default('v'),
  /** Dotted path of the source time (ms). Default `ts`. */
  timePath: z.string().default('ts'),
  /** Dotted path of the sequence number, for gap detection per topic. */
  sequencePath: z.string().optional(),
  /** Maps values to words. */
  words: z.record(z.string(), z.string()).optional(),
})

export const mqttSettings = z.object({
  kind: z.literal('mqtt'),
  url: z.string(),
  user: z.string().optional(),
  password: z.string().optional(),
  protocolVersion: z.union([z.literal(4), z.literal(5)]).default(4),
  clientId: z.string(),
  rules: z.array(mqttRule),
})

/** A Sparkplug metric name and the point it feeds. */
export const sparkplugSettings = z.object({
  kind: z.literal('sparkplug'),
  url: z.string(),
  user: z.string().optional(),
  password: z.string().optional(),
  protocolVersion: z.union([z.literal(4), z.literal(5)]).default(4),
  clientId: z.string(),
  group: z.string(),
  edge: z.string(),
  metrics: z.array(
    z.object({
      device: z.string().nullable(),
      metric: z.string(),
      point: z.string(),
      words: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

export const sqlSettings = z.object({
  kind: z.literal('sql'),
  dialect: z.enum(['postgresql', 'mysql']),
  host: z.string(),
  port: z.int().positive(),
  database: z.string(),
  user: z.string(),
  password: z.string(),
  /** IANA zone of naive timestamps in this database. */
  timeZone: z.string(),
  /** Which mapping of `collectors/src/sql/mappings` reads this system. */
  mapping: z.enum(['sap', 'mes', 'kingdee']),
  everyMs: z.int().positive().default(60_000),
  overlapMs: z.int().min(0).default(30_000),
  pageRows: z.int().positive().default(5_000),
  statementTimeoutMs: z.int().positive().default(30_000),
})

/** Data is pushed to us (history loads, tests); nothing to collect. */
export const pushSettings = z.object({ kind: z.literal('push') })

export const sourceSettings = z.discriminatedUnion('kind', [
  opcuaSettings,
  mqttSettings,
  sparkplugSettings,
  sqlSettings,
  pushSettings,
])
export type SourceSettings = z.infer<typeof sourceSettings>
export type OpcuaSettings = z.infer<typeof opcuaSettings>
export type MqttSettings = z.infer<typeof mqttSettings>
export type SparkplugSettings = z.infer<typeof sparkplugSettings>
export type SqlSettings = z.infer<typeof sqlSettings>

/** What this source promises after a crash (collectors guarantee table). */
export const sourceGuarantee = z.enum(['no-loss', 'no-loss-within-queue', 'loss-while-disconnected'])

export const sourceDefinition = z.object({
  id: z.string().regex(/^[a-z0-9-]{2,40}$/),
  name: z.object({ zh: z.string(), en: z.string() }),
  /** Group shown in board footers: ERP, MES or device. */
  family: z.enum(['erp', 'mes', 'device']),
  site: z.string(),
  /** The collector that reads it; absent = the one beside the server. */
  collector: z
    .string()
    .regex(/^[a-z0-9-]{2,40}$/)
    .optional(),
  /** Expected period between data and hard limit: the freshness contract of everything that depends on it. */
  periodMs: z.number().positive(),
  limitMs: z.number().positive(),
  guarantee: sourceGuarantee,
  settings: sourceSettings,
})
export type SourceDefinition = z.infer<typeof sourceDefinition>

/** Closed list of error classes of a source. */
export const sourceErrorType = z.enum([
  'connect',
  'auth',
  'tls',
  'timeout',
  'protocol',
  'parse',
  'schema',
  'permission',
  'source-busy',
  'disk',
  'server',
  'internal',
])
export type SourceErrorType = z.infer<typeof sourceErrorType>

export const sourceState = z.enum(['starting', 'connecting', 'running', 'failing', 'stopped'])
export type SourceState = z.infer<typeof sourceState>

/** What a collector reports about one source, every 5 s, with its heartbeat. */
export const sourceReport = z.object({
  source: z.string(),
  state: sourceState,
  errorType: sourceErrorType.nullable(),
  /** One sentence for a person; no secrets, no SQL. */
  errorText: z.string().max(500).nullable(),
  since: z.int(),
  lastDataAt: z.int().nullable(),
  received: z.int().min(0),
  quarantined: z.int().min(0),
  gaps: z.int().min(0),
  reconnects: z.int().min(0),
  spoolBatches: z.int().min(0),
  spoolBytes: z.int().min(0),
})
export type SourceReport = z.infer<typeof sourceReport>
