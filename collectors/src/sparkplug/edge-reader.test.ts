import protobuf from 'protobufjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SparkplugSettings, sparkplugSettings } from '@gemba/contracts/source'
import { type Metric, encodePayload } from '../../../test/plant/sparkplug-payload.ts'
import { WatchedSink } from '../../../test/plant/watched-sink.ts'
import { EdgeReader } from './edge-reader.ts'

const START_AT = Date.parse('2026-11-21T06:00:00Z')
const UNIT = 'BRQ/SMT/S1'
const OTHER = 'BRQ/SMT/S2'
const settings: SparkplugSettings = sparkplugSettings.parse({
  kind: 'sparkplug',
  url: 'mqtt://127.0.0.1:1',
  clientId: 'gemba-under-test',
  group: 'BRQ',
  edge: 'SMT-EDGE',
  metrics: [
    { device: 'S1', metric: 'State', point: `${UNIT}:state`, words: { '3': 'executing', '2': 'not-executing' } },
    { device: 'S1', metric: 'Counters/Total', point: `${UNIT}:total` },
    { device: 'S1', metric: 'Process/ReflowPeak', point: `${UNIT}:process/ReflowPeak` },
    { device: 'S2', metric: 'State', point: `${OTHER}:state` },
    { device: null, metric: 'Uptime', point: `${UNIT}:process/Uptime` },
  ],
})

let watched: WatchedSink
let reader: EdgeReader
const requests = vi.fn()
beforeEach(() => {
  vi.useFakeTimers({ now: START_AT })
  requests.mockReset()
  watched = new WatchedSink(settings)
  reader = new EdgeReader(settings, watched.sink, requests)
})
afterEach(() => {
  reader.close()
  watched.close()
  vi.useRealTimers()
})

/** First values of a session are held until they have been compared. */
const pass = (ms = 2_000) => vi.advanceTimersByTime(ms)
const say = (type: string, device: string | null, [seq, metrics]: readonly [number, readonly Metric[]]) =>
  reader.take(
    `spBv1.0/BRQ/${type}/SMT-EDGE${device === null ? '' : `/${device}`}`,
    encodePayload(metrics, seq, Date.now()),
  )
const now = () => Date.now()
const state = (value: number, at = now()): Metric => ({ name: 'State', alias: 1, at, value })
const total = (value: number, at = now()): Metric => ({ name: 'Counters/Total', alias: 2, at, value })
const byAlias = (alias: number, value: number, at = now()): Metric => ({ alias, at, value })
const bdSeq = (value: number): Metric => ({ name: 'bdSeq', at: now(), value })

/** As edge nodes write it that name data types in births only. */
const bareType = protobuf
  .parse(
    `syntax = "proto2";
  message M { optional string name = 1; optional uint64 alias = 2; optional uint32 datatype = 4; optional uint32 int_value = 10; }
  message P { optional uint64 timestamp = 1; repeated M metrics = 2; optional uint64 seq = 3; }`,
    { keepCase: true },
  )
  .root.lookupType('P')
const bare = (seq: number, metric: object): Buffer =>
  Buffer.from(bareType.encode(bareType.fromObject({ timestamp: now() + seq, seq, metrics: [metric] })).finish())

/** A session with births of node and device; the next sequence number is `seq + 2`. */
function open({ seq = 0, births = 0, metrics = [state(3), total(100)] } = {}): void {
  reader.reborn('session-lost')
  say('NBIRTH', null, [seq, [bdSeq(births), { name: 'Uptime', alias: 90, at: now(), value: 1 }]])
  say('DBIRTH', 'S1', [(seq + 1) % 256, metrics])
  pass()
}

describe('births', () => {
  it('give the present values, with words and the times of the metrics', () => {
    open({ metrics: [state(3, START_AT - 60_000), total(100, START_AT - 5_000)] })
    expect(watched.readings(`${UNIT}:state`)).toMatchObject([{ t: START_AT - 60_000, v: 'executing' }])
    expect(watched.readings(`${UNIT}:total`)).toMatchObject([{ t: START_AT - 5_000, v: 100 }])
    expect(watched.values(`${UNIT}:process/Uptime`)).toEqual([1])
    expect(watched.status).toBe('running')
    expect(watched.gaps).toEqual([])
  })

  it('give the aliases of each device apart', () => {
    open()
    say('DBIRTH', 'S2', [2, [{ name: 'State', alias: 7, at: now(), value: 'executing' }]])
    say('DDATA', 'S2', [3, [{ alias: 7, at: now(), value: 'not-executing' }]])
    say('DDATA', 'S1', [4, [byAlias(1, 2), byAlias(2, 101)]])
    pass()
    expect(watched.values(`${OTHER}:state`)).toEqual(['executing', 'not-executing'])
    expect(watched.values(`${UNIT}:state`)).toEqual(['executing', 'not-executing'])
    expect(watched.values(`${UNIT}:total`)).toEqual([100, 101])
  })

  it('may give an alias to another metric than before', () => {
    open()
    say('NBIRTH', null, [0, [bdSeq(1)]])
    say('DBIRTH', 'S1', [
      1,
      [
        { ...state(3), alias: 2 },
        { ...total(100), alias: 1 },
      ],
    ])
    pass(10)
    say('DDATA', 'S1', [2, [byAlias(1, 150), byAlias(2, 2)]])
    pass()
    expect(watched.values(`${UNIT}:total`).at(-1)).toBe(150)
    expect(watched.values(`${UNIT}:state`).at(-1)).toBe('not-executing')
  })

  it('give the data types that data leaves out', () => {
    reader.reborn('session-lost')
    say('NBIRTH', null, [0, [bdSeq(0)]])
    const total = { name: 'Counters/Total', alias: 2, datatype: 3, int_value: 5 }
    reader.take('spBv1.0/BRQ/DBIRTH/SMT-EDGE/S1', bare(1, total))
    reader.take('spBv1.0/BRQ/DDATA/SMT-EDGE/S1', bare(2, { alias: 2, int_value: 0xffff_fffb }))
    pass()
    expect(watched.values(`${UNIT}:total`)).toEqual([5, -5])
  })

  it('of the node may begin the sequence anywhere', () => {
    open({ seq: 254 })
    requests.mockReset()
    say('DDATA', 'S1', [0, [byAlias(2, 101)]])
    say('DDATA', 'S1', [1, [byAlias(2, 102)]])
    pass()
    expect(requests).not.toHaveBeenCalled()
    expect(watched.values(`${UNIT}:total`)).toEqual([100, 101, 102])
  })

  it('are asked for when data comes first, and data before them is not believed', () => {
    say('DDATA', 'S1', [17, [byAlias(2, 999)]])
    expect(requests).toHaveBeenCalledTimes(1)
    open()
    expect(watched.values(`${UNIT}:total`)).toEqual([100])
  })
})

describe('the sequence', () => {
  it('runs over from 255 to 0', () => {
    open()
    requests.mockReset()
    for (let index = 2; index < 600; index += 1) {
      pass(10)
      say('DDATA', 'S1', [index % 256, [byAlias(2, 100 + index)]])
    }
    pass()
    expect(requests).not.toHaveBeenCalled()
    expect(watched.readings(`${UNIT}:total`)).toHaveLength(599)
  })

  it('with a hole asks for a rebirth and reports what was not seen', () => {
    open()
    say('DDATA', 'S1', [2, [byAlias(2, 101)]])
    pass()
    const seenAt = Math.max(...watched.alive.map((line) => line.u[UNIT] ?? 0))
    requests.mockReset()
    say('DDATA', 'S1', [4, [byAlias(2, 103)]])
    expect(requests).toHaveBeenCalledTimes(1)
    const changedAt = now() - 500
    say('NBIRTH', null, [0, [bdSeq(0)]])
    say('DBIRTH', 'S1', [1, [state(2, changedAt), total(103, changedAt)]])
    pass()
    expect(watched.gaps).toMatchObject([{ unit: UNIT, cause: 'sequence-gap', fromAt: seenAt, toAt: changedAt }])
    expect(watched.values(`${UNIT}:total`)).toEqual([100, 101, 103])
  })

  it('with a hole in which nothing happened leaves no gap', () => {
    const at = START_AT - 1_000
    open({ metrics: [state(3, at), total(100, at)] })
    say('DDATA', 'S1', [9, [{ ...byAlias(3, 1) }]])
    say('NBIRTH', null, [0, [bdSeq(0)]])
    say('DBIRTH', 'S1', [1, [state(3, at), total(100, at)]])
    pass()
    expect(watched.gaps).toEqual([])
    expect(watched.values(`${UNIT}:state`)).toEqual(['executing'])
  })

  it('asks again for a rebirth that was not answered, but not more often than every two seconds', () => {
    open()
    requests.mockReset()
    pass(5_000)
    for (let index = 0; index < 100; index += 1) {
      say('DDATA', 'S1', [(50 + index * 3) % 256, [byAlias(2, 200)]])
      pass(100)
    }
    expect(requests.mock.calls.length).toBeGreaterThanOrEqual(4)
    expect(requests.mock.calls.length).toBeLessThanOrEqual(6)
  })

  it('asks as soon as it may, also when the node says nothing more', () => {
    open()
    pass(5_000)
    requests.mockReset()
    say('DDATA', 'S1', [9, [byAlias(2, 200)]])
    say('NBIRTH', null, [0, [bdSeq(0)]])
    pass(500)
    say('DDATA', 'S1', [7, [byAlias(2, 300)]])
    expect(requests).toHaveBeenCalledTimes(1)
    pass(1_600)
    expect(requests).toHaveBeenCalledTimes(2)
  })
})

describe('aliases', () => {
  it('that no birth has named call for a rebirth once, and are told', () => {
    open()
    pass(5_000)
    requests.mockReset()
    say('DDATA', 'S1', [2, [byAlias(77, 1)]])
    expect(requests).toHaveBeenCalledTimes(1)
    say('NBIRTH', null, [0, [bdSeq(0)]])
    say('DBIRTH', 'S1', [1, [state(3), total(100)]])
    pass(5_000)
    say('DDATA', 'S1', [2, [byAlias(77, 1), byAlias(2, 105)]])
    pass(5_000)
    expect(requests).toHaveBeenCalledTimes(1)
    expect(watched.quarantined).toMatchObject([{ reason: 'unknown-tag' }])
    expect(watched.values(`${UNIT}:total`).at(-1)).toBe(105)
  })
})

describe('deaths', () => {
  it('of the node end the proof that the units are seen, and are told', () => {
    open()
    say('DDATA', 'S1', [2, [byAlias(2, 101)]])
    pass()
    const vouched = () => Math.max(...watched.alive.map((line) => line.u[UNIT] ?? 0))
    const until = vouched()
    reader.take('spBv1.0/BRQ/NDEATH/SMT-EDGE', encodePayload([bdSeq(0)], 0, now()))
    expect(watched.status).toBe('failing: connect')
    pass(10_000)
    expect(vouched()).toBe(until)
    const changedAt = now() - 4_000
    say('NBIRTH', null, [0, [bdSeq(1)]])
    say('DBIRTH', 'S1', [1, [state(2, changedAt), total(120, changedAt)]])
    pass()
    expect(watched.status).toBe('running')
    expect(watched.gaps).toMatchObject([{ unit: UNIT, cause: 'node-death', fromAt: until, toAt: changedAt }])
  })

  it('of a connection that was replaced say nothing about the new one', () => {
    open({ births: 1 })
    requests.mockReset()
    reader.take('spBv1.0/BRQ/NDEATH/SMT-EDGE', encodePayload([bdSeq(0)], 0, now()))
    expect(watched.status).toBe('running')
    say('DDATA', 'S1', [2, [byAlias(2, 101)]])
    pass()
    expect(watched.values(`${UNIT}:total`)).toEqual([100, 101])
    expect(requests).not.toHaveBeenCalled()
  })

  it('of a device concern its own units only', () => {
    open()
    say('DBIRTH', 'S2', [2, [{ name: 'State', alias: 7, at: now(), value: 'executing' }]])
    pass()
    const leftAt = now()
    say('DDEATH', 'S1', [3, []])
    expect(watched.status).toBe('failing: connect')
    pass(3_000)
    requests.mockReset()
    say('DDATA', 'S2', [4, [{ alias: 7, at: now(), value: 'not-executing' }]])
    pass(1_000)
    expect(watched.status).toBe('failing: connect')
    const cameAt = now()
    say('DBIRTH', 'S1', [5, [state(2), total(130)]])
    pass()
    expect(watched.status).toBe('running')
    expect(requests).not.toHaveBeenCalled()
    expect(watched.values(`${OTHER}:state`)).toEqual(['executing', 'not-executing'])
    expect(watched.readings(`${UNIT}:link`).slice(-2)).toMatchObject([
      { t: leftAt, v: 0 },
      { t: cameAt, v: 1 },
    ])
    expect(watched.readings(`${OTHER}:link`).filter((reading) => reading.v === 0)).toEqual([])
  })
})

describe('what cannot be read', () => {
  it('is put into quarantine, and the next message is read', () => {
    open()
    for (const bytes of [[0xff, 0xff, 0xff], [0x0a], [0x12, 0x7f, 0x00], [0x08, 0x80]])
      reader.take('spBv1.0/BRQ/DDATA/SMT-EDGE/S1', Buffer.from(bytes))
    expect(watched.quarantined).toEqual([])
    say('DDATA', 'S1', [2, [byAlias(2, 101)]])
    pass()
    expect(watched.quarantined.map((line) => line.reason)).toEqual(['decode', 'decode', 'decode', 'decode'])
    expect(watched.values(`${UNIT}:total`)).toEqual([100, 101])
  })

  it('never stops the reader, whatever the bytes are', () => {
    open()
    let seed = 1
    const byte = () => (seed = (seed * 48_271) % 2_147_483_647) % 256
    for (let round = 0; round < 3_000; round += 1)
      reader.take('spBv1.0/BRQ/DDATA/SMT-EDGE/S1', Buffer.from(Array.from({ length: round % 40 }, byte)))
    pass(5_000)
    open()
    say('DDATA', 'S1', [2, [byAlias(2, 555)]])
    pass()
    expect(watched.values(`${UNIT}:total`).at(-1)).toBe(555)
  })

  it('as a time is told and vouches for nothing', () => {
    open()
    const before = Math.max(...watched.alive.map((line) => line.u[UNIT] ?? 0), 0)
    const far = now() + 3_600_000
    reader.take('spBv1.0/BRQ/DDATA/SMT-EDGE/S1', encodePayload([byAlias(2, 101, far)], 2, far))
    reader.take('spBv1.0/BRQ/DDATA/SMT-EDGE/S1', encodePayload([byAlias(2, 101, 12)], 3, 12))
    pass(3_000)
    expect(watched.quarantined.map((line) => line.reason)).toEqual(['time-invalid', 'time-invalid'])
    expect(Math.max(...watched.alive.map((line) => line.u[UNIT] ?? 0), 0)).toBe(before)
  })

  it('as a number is told', () => {
    open()
    say('DDATA', 'S1', [2, [byAlias(2, Number.NaN)]])
    pass()
    expect(watched.quarantined).toMatchObject([{ reason: 'nonfinite' }])
  })

  it('leaves messages alone that are no data', () => {
    open()
    const { received } = watched.sink.report()
    for (const type of ['NCMD', 'DCMD', 'STATE', 'NFOO'])
      reader.take(`spBv1.0/BRQ/${type}/SMT-EDGE/S1`, Buffer.from('garbage'))
    pass()
    expect(watched.sink.report()).toMatchObject({ received, quarantined: 0, state: 'running' })
  })
})
