/** Reader of Sparkplug B payloads, from the public field numbers of the specification. */
import protobuf from 'protobufjs'

const SCHEMA = `syntax = "proto2";
message Metric {
  optional string name = 1; optional uint64 alias = 2; optional uint64 timestamp = 3; optional uint32 datatype = 4;
  optional bool is_historical = 5; optional bool is_transient = 6; optional bool is_null = 7;
  optional uint32 int_value = 10; optional uint64 long_value = 11; optional float float_value = 12;
  optional double double_value = 13; optional bool boolean_value = 14; optional string string_value = 15; optional bytes bytes_value = 16;
}
message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }`

const payloadType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Payload')

export interface SparkplugMetric {
  readonly name: string | null
  readonly alias: string | null
  readonly at: number | null
  /** Births name it; data may leave it out. */
  readonly datatype: number | null
  readonly value: number | string | boolean | null
  readonly isHistorical: boolean
}

export interface SparkplugPayload {
  readonly at: number | null
  readonly seq: number | null
  readonly metrics: readonly SparkplugMetric[]
}

type Raw = Record<string, unknown>

const number = (value: unknown): number | null => (value === undefined || value === null ? null : Number(value))

/** The data type that a birth gave to a metric. */
export type BornType = (name: string | null, alias: string | null) => number | null

/** Signed integers (Int8, Int16, Int32, Int64: 1–4) travel in unsigned fields and are folded back. */
function folded(datatype: number | null, unsigned: string): number {
  const bits = { 1: 8, 2: 16, 3: 32, 4: 64 }[datatype ?? 0]
  return Number(bits === undefined ? unsigned : BigInt.asIntN(bits, BigInt(unsigned)))
}

function valueOf(metric: Raw, datatype: number | null): SparkplugMetric['value'] {
  if (metric['is_null'] === true) return null
  if (metric['string_value'] !== undefined) return String(metric['string_value'])
  if (metric['boolean_value'] !== undefined) return metric['boolean_value'] === true
  if (metric['double_value'] !== undefined) return Number(metric['double_value'])
  if (metric['float_value'] !== undefined) return Number(metric['float_value'])
  const integer = metric['int_value'] ?? metric['long_value']
  return integer === undefined ? null : folded(datatype, String(integer))
}

function metricOf(metric: Raw, bornType: BornType): SparkplugMetric {
  const name = metric['name'] === undefined ? null : String(metric['name'])
  const alias = metric['alias'] === undefined ? null : String(metric['alias'])
  const datatype = number(metric['datatype']) ?? bornType(name, alias)
  return {
    name,
    alias,
    at: number(metric['timestamp']),
    datatype,
    value: valueOf(metric, datatype),
    isHistorical: metric['is_historical'] === true,
  }
}

/** Throws on bytes that are no payload. */
export function decodePayload(bytes: Uint8Array, bornType: BornType = () => null): SparkplugPayload {
  const raw = payloadType.toObject(payloadType.decode(bytes), { longs: String, defaults: false }) as Raw
  const metrics = (raw['metrics'] as Raw[] | undefined) ?? []
  return {
    at: number(raw['timestamp']),
    seq: number(raw['seq']),
    metrics: metrics.map((metric) => metricOf(metric, bornType)),
  }
}

/** A rebirth request, as a node command. */
export function rebirthRequest(at: number): Buffer {
  const message = payloadType.create({
    timestamp: at,
    metrics: [{ name: 'Node Control/Rebirth', timestamp: at, datatype: 11, boolean_value: true }],
  })
  return Buffer.from(payloadType.encode(message).finish())
}
