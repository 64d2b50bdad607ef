import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { encodePayload } from '../../../test/plant/sparkplug-payload.ts'
import { decodePayload, rebirthRequest } from './payload.ts'

const AT = Date.parse('2026-11-21T06:00:00Z')
/** One metric as other implementations write it: only the field numbers count. */
const SCHEMA = `syntax = "proto2";
message M { optional string name = 1; optional uint64 timestamp = 3; optional uint32 datatype = 4; optional bool is_historical = 5; optional bool is_null = 7;
  optional uint32 i = 10; optional uint64 l = 11; optional float f = 12; optional double d = 13; optional bool b = 14; optional string s = 15; optional bytes y = 16; }
message P { optional uint64 timestamp = 1; repeated M metrics = 2; optional uint64 seq = 3; optional string uuid = 4; optional bytes body = 5; }`
const type = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('P')
const bytesOf = (metric: object, more: object = {}) =>
  type.encode(type.fromObject({ timestamp: AT, seq: 3, metrics: [metric], ...more })).finish()
const valueOf = (metric: object) => decodePayload(bytesOf({ name: 'x', ...metric })).metrics[0]?.value

describe('a Sparkplug B payload', () => {
  it('is read as it was written', () => {
    const payload = decodePayload(
      encodePayload(
        [
          { name: 'State', alias: 1, at: AT, value: 'executing' },
          { alias: 2, at: AT + 1, value: 41, isHistorical: true },
        ],
        255,
        AT + 2,
      ),
    )
    expect(payload).toEqual({
      at: AT + 2,
      seq: 255,
      metrics: [
        { name: 'State', alias: '1', at: AT, datatype: 12, value: 'executing', isHistorical: false },
        { name: null, alias: '2', at: AT + 1, datatype: 8, value: 41, isHistorical: true },
      ],
    })
  })

  it.each([
    ['Int8', { datatype: 1, i: 0xffffffff }, -1],
    ['Int16', { datatype: 2, i: 0xffff8000 }, -32_768],
    ['Int32', { datatype: 3, i: 0x80000000 }, -2_147_483_648],
    ['Int64', { datatype: 4, l: '18446744073709551615' }, -1],
    ['UInt32', { datatype: 7, i: 0xffffffff }, 4_294_967_295],
    ['UInt64', { datatype: 8, l: '9007199254740991' }, 9_007_199_254_740_991],
    ['Float', { datatype: 9, f: 0.5 }, 0.5],
    ['Double', { datatype: 10, d: 224.47 }, 224.47],
    ['false', { datatype: 11, b: false }, false],
    ['zero', { datatype: 7, i: 0 }, 0],
    ['an empty text', { datatype: 12, s: '' }, ''],
    ['a text in Chinese', { datatype: 12, s: '模具粘料' }, '模具粘料'],
    ['null', { datatype: 7, is_null: true }, null],
    ['bytes, which carry no value for us', { datatype: 17, y: new Uint8Array([1, 2]) }, null],
  ])('gives the value of %s', (_name, metric, value) => {
    expect(valueOf(metric)).toBe(value)
  })

  it('gives small signed numbers that were written in their own width', () => {
    expect(valueOf({ datatype: 1, i: 0xff })).toBe(-1)
    expect(valueOf({ datatype: 2, i: 0xffff })).toBe(-1)
    expect(valueOf({ datatype: 1, i: 0x7f })).toBe(127)
  })

  it('takes the data type from the birth where data leaves it out', () => {
    const bytes = bytesOf({ name: 'Offset', i: 0xfffffffe })
    expect(decodePayload(bytes, (name) => (name === 'Offset' ? 3 : null)).metrics[0]?.value).toBe(-2)
    expect(decodePayload(bytes).metrics[0]?.value).toBe(4_294_967_294)
  })

  it('may carry fields that we do not know', () => {
    expect(decodePayload(bytesOf({ name: 'x', i: 1 }, { uuid: 'u', body: new Uint8Array([1]) })).seq).toBe(3)
  })

  it('of no bytes has nothing in it', () => {
    expect(decodePayload(new Uint8Array())).toEqual({ at: null, seq: null, metrics: [] })
  })

  it('that is cut off or garbled is refused', () => {
    const whole = bytesOf({ name: 'State', s: 'executing' })
    expect(() => decodePayload(whole.subarray(0, whole.length - 4))).toThrow()
    expect(() => decodePayload(Buffer.from('{"ts":1}'))).toThrow()
    expect(() => decodePayload(Uint8Array.from([0x0f]))).toThrow()
  })

  it('asks for a rebirth with the command of the specification', () => {
    expect(decodePayload(rebirthRequest(AT)).metrics).toMatchObject([
      { name: 'Node Control/Rebirth', value: true, at: AT },
    ])
  })
})
