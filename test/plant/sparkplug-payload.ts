/** Sparkplug B payloads, written with the public field numbers of the specification. */
import protobuf from 'protobufjs'

const SCHEMA = `syntax = "proto2";
message Metric {
  optional string name = 1; optional uint64 alias = 2; optional uint64 timestamp = 3; optional uint32 datatype = 4;
  optional bool is_historical = 5; optional bool is_null = 7;
  optional uint32 int_value = 10; optional uint64 long_value = 11; optional float float_value = 12;
  optional double double_value = 13; optional bool boolean_value = 14; optional string string_value = 15;
}
message Payload { optional uint64 timestamp = 1; repeated Metric metrics = 2; optional uint64 seq = 3; }`

const payloadType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Payload')

export interface Metric {
  readonly name?: string
  readonly alias?: number
  readonly at: number
  /** Null: known by name, never seen. */
  readonly value: string | number | boolean | null
  readonly isHistorical?: boolean
}

const DATATYPE = { double: 10, boolean: 11, text: 12, uint64: 8 } as const

function fieldsOf(value: Metric['value']): Record<string, unknown> {
  if (value === null) return { datatype: DATATYPE.double, is_null: true }
  if (typeof value === 'string') return { datatype: DATATYPE.text, string_value: value }
  if (typeof value === 'boolean') return { datatype: DATATYPE.boolean, boolean_value: value }
  return Number.isInteger(value)
    ? { datatype: DATATYPE.uint64, long_value: value }
    : { datatype: DATATYPE.double, double_value: value }
}

export function encodePayload(metrics: readonly Metric[], seq: number, at: number): Buffer {
  const message = payloadType.create({
    timestamp: at,
    seq,
    metrics: metrics.map((metric) => ({
      ...(metric.name === undefined ? {} : { name: metric.name }),
      ...(metric.alias === undefined ? {} : { alias: metric.alias }),
      timestamp: metric.at,
      ...(metric.isHistorical ? { is_historical: true } : {}),
      ...fieldsOf(metric.value),
    })),
  })
  return Buffer.from(payloadType.encode(message).finish())
}
