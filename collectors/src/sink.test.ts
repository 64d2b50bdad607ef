import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WatchedSink } from '../../test/plant/watched-sink.ts'
import { mqttSettings } from '@gemba/contracts/source'
import { Spool, SpoolFullError } from './spool/spool.ts'

const START_AT = Date.parse('2026-11-21T06:00:00Z')
const UNIT = 'SUZ/ASM/A1'
const STATE = `${UNIT}:state`
const TOTAL = `${UNIT}:total`
const settings = mqttSettings.parse({ kind: 'mqtt', url: 'mqtt://127.0.0.1:1', clientId: 'test', rules: [] })

let watched: WatchedSink
beforeEach(() => {
  vi.useFakeTimers({ now: START_AT })
  watched = new WatchedSink(settings)
})
afterEach(() => {
  vi.restoreAllMocks()
  watched.close()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const state = (t: number, v: string) => watched.sink.reading({ p: STATE, t, v })
const settled = async (promise: Promise<void>): Promise<string> => {
  let outcome = 'open'
  promise.then(
    () => (outcome = 'durable'),
    () => (outcome = 'dropped'),
  )
  await pass(0)
  return outcome
}

describe('a sink', () => {
  it('makes readings durable within moments and tells who waits for it', async () => {
    state(START_AT, 'executing')
    const committed = watched.sink.committed()
    expect(await settled(committed)).toBe('open')
    await pass(20)
    expect(await settled(committed)).toBe('durable')
    expect(watched.values(STATE)).toEqual(['executing'])
    expect(await settled(watched.sink.committed())).toBe('durable')
  })

  it('drops exact repeats of the last known reading, also after a restart, and keeps late ones', async () => {
    state(START_AT, 'executing')
    state(START_AT, 'executing')
    await pass(20)
    watched.restart()
    state(START_AT, 'executing')
    state(START_AT - 500, 'not-executing')
    state(START_AT, 'executing')
    await pass(20)
    expect(watched.readings(STATE).map(({ t }) => t)).toEqual([START_AT, START_AT - 500])
  })

  it('vouches for its units behind the readings, and only for what was observed', async () => {
    state(START_AT, 'executing')
    watched.sink.observed(START_AT + 300)
    await pass(1_100)
    expect(watched.alive).toEqual([{ k: 'alive', u: { [UNIT]: START_AT + 300 } }])
    await pass(5_000)
    expect(watched.alive).toHaveLength(1)
  })
})

describe('the first values of a session', () => {
  const lostSession = async (waitMs: number): Promise<void> => {
    state(START_AT - 60_000, 'executing')
    watched.sink.observed(START_AT)
    await pass(1_500)
    watched.sink.beginSession('session-lost')
    await pass(waitMs)
  }

  it.each([0, 1_000, 5_000, 600_000])('prove a gap, also when they come after %d ms', async (waitMs) => {
    await lostSession(waitMs)
    const changedAt = Date.now() - 10
    state(changedAt, 'not-executing')
    await pass(1_500)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, cause: 'session-lost', fromAt: START_AT, toAt: changedAt }])
    expect(watched.readings(`${UNIT}:link`)).toMatchObject([
      { t: START_AT, v: 0 },
      { t: changedAt, v: 1 },
    ])
  })

  it('prove that nothing happened', async () => {
    await lostSession(3_000)
    state(START_AT - 60_000, 'executing')
    await pass(1_500)
    expect(watched.gaps).toEqual([])
    expect(watched.values(STATE)).toEqual(['executing'])
  })

  it('of counters alone prove nothing: they lose nothing', async () => {
    await lostSession(100)
    watched.sink.reading({ p: TOTAL, t: START_AT + 50, v: 7 })
    await pass(1_500)
    expect(watched.gaps).toEqual([])
  })

  it('are waited for before anything is vouched for', async () => {
    await lostSession(10)
    watched.sink.observed(START_AT + 5_000)
    await pass(5_000)
    expect(watched.alive.map((line) => line.u[UNIT])).toEqual([START_AT])
    state(START_AT - 60_000, 'executing')
    await pass(3_000)
    expect(watched.alive.map((line) => line.u[UNIT])).toEqual([START_AT, START_AT + 5_000])
  })

  it('keep acknowledgements waiting until they are durable, and nothing else does', async () => {
    watched.sink.beginSession('session-lost')
    watched.sink.quarantine('parse', 'The payload is not valid JSON.', '{')
    const quarantined = watched.sink.committed()
    await pass(20)
    expect(await settled(quarantined)).toBe('durable')
    expect(await settled(watched.sink.committed())).toBe('durable')
    state(START_AT, 'executing')
    const first = watched.sink.committed()
    await pass(500)
    expect(await settled(first)).toBe('open')
    await pass(1_000)
    expect(await settled(first)).toBe('durable')
  })

  it('are not lost when the source ends before they were compared', async () => {
    await lostSession(100)
    state(START_AT + 1_000, 'not-executing')
    watched.restart()
    expect(watched.values(STATE)).toEqual(['executing', 'not-executing'])
    expect(watched.gaps).toHaveLength(1)
  })
})

describe('the first values of a session of which the source tells', () => {
  const OTHER = `${UNIT}:order`
  const beginTold = async (): Promise<void> => {
    state(START_AT - 60_000, 'executing')
    watched.sink.reading({ p: OTHER, t: START_AT - 60_000, v: '1' })
    watched.sink.observed(START_AT)
    await pass(1_500)
    watched.sink.beginSession('session-lost', { isTold: true })
    watched.sink.observed(START_AT + 9_000)
    watched.sink.firstValue({ p: OTHER, t: START_AT - 60_000, v: '1' })
  }

  it('are compared when all are there, however late the last one is', async () => {
    await beginTold()
    await pass(6_000)
    expect(watched.alive.map((line) => line.u[UNIT])).toEqual([START_AT])
    // It has stopped and started again while nobody saw it: the state is the same, its time is not.
    watched.sink.firstValue({ p: STATE, t: START_AT + 4_000, v: 'executing' })
    watched.sink.firstValuesAreThere()
    await pass(1_500)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, fromAt: START_AT, toAt: START_AT + 4_000 }])
    expect(watched.alive.map((line) => line.u[UNIT])).toEqual([START_AT, START_AT + 9_000])
  })

  it('do not wait for a node that says nothing, and compare its value when it comes after all', async () => {
    await beginTold()
    await pass(17_000)
    expect(watched.alive.at(-1)?.u[UNIT]).toBe(START_AT + 9_000)
    expect(watched.gaps).toEqual([])
    watched.sink.firstValue({ p: STATE, t: START_AT + 4_000, v: 'executing' })
    await pass(100)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, fromAt: START_AT, toAt: START_AT + 4_000 }])
  })

  it('of a session that ends before prove nothing, and nothing is vouched for', async () => {
    await beginTold()
    watched.restart()
    expect(watched.alive.map((line) => line.u[UNIT])).toEqual([START_AT])
    watched.sink.beginSession('session-lost', { isTold: true })
    watched.sink.firstValue({ p: STATE, t: START_AT + 4_000, v: 'executing' })
    watched.sink.firstValuesAreThere()
    await pass(100)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, fromAt: START_AT, toAt: START_AT + 4_000 }])
  })

  it('of two sessions are not mixed: those of the second count', async () => {
    await beginTold()
    watched.sink.firstValue({ p: STATE, t: START_AT - 60_000, v: 'executing' })
    watched.sink.beginSession('session-lost', { isTold: true })
    watched.sink.firstValue({ p: STATE, t: START_AT + 4_000, v: 'executing' })
    watched.sink.firstValuesAreThere()
    await pass(100)
    expect(watched.gaps).toMatchObject([{ unit: UNIT, fromAt: START_AT, toAt: START_AT + 4_000 }])
  })
})

describe('a disk that takes nothing', () => {
  it('is told, keeps lines and acknowledgements waiting, and loses nothing when it takes again', async () => {
    const commit = vi.spyOn(Spool.prototype, 'commit').mockImplementation(() => {
      throw new SpoolFullError()
    })
    state(START_AT, 'executing')
    const committed = watched.sink.committed()
    await pass(3_000)
    expect(watched.status).toBe('failing: disk')
    expect(await settled(committed)).toBe('open')
    commit.mockRestore()
    await pass(1_100)
    expect(await settled(committed)).toBe('durable')
    expect(watched.status).toBe('running')
    expect(watched.values(STATE)).toEqual(['executing'])
  })

  it('for too long makes the source start anew: nothing dropped is acknowledged or known', async () => {
    const commit = vi.spyOn(Spool.prototype, 'commit').mockImplementation(() => {
      throw new Error('disk')
    })
    const onLoss = vi.fn()
    watched.sink.onLoss = onLoss
    state(START_AT, 'executing')
    const committed = settled(watched.sink.committed())
    for (let index = 0; index < 50_000; index += 1) watched.sink.reading({ p: TOTAL, t: START_AT + index, v: index })
    expect(await committed).toBe('dropped')
    expect(onLoss).toHaveBeenCalledTimes(1)
    commit.mockRestore()
    state(START_AT, 'executing')
    await pass(1_100)
    expect(watched.values(STATE)).toEqual(['executing'])
  })
})
