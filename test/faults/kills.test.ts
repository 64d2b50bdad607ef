/** Processes are killed at random moments while the plant runs; afterwards the platform must agree with the ledger. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Product, startProduct, until } from '../flows/product.ts'
import { allLive, verify } from './settled.ts'

const VICTIMS = ['server', 'warehouse', 'metadata', 'collector', 'edge-brq'] as const
const KILLS = Number(process.env['GEMBA_KILLS'] ?? 20)

/** A seeded generator, so that a run that fails can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

let product: Product
beforeAll(async () => {
  product = await startProduct({ plant: 'nervous', historyDays: 1 })
})
afterAll(async () => product.stop())

async function back(name: string, oldPid: number): Promise<number> {
  const startedAt = performance.now()
  await until(
    `${name} is back`,
    () => {
      const pid = product.pid(name)
      return pid !== null && pid !== oldPid ? pid : null
    },
    120_000,
  )
  return performance.now() - startedAt
}

describe(`${KILLS} kills at random moments`, () => {
  it('lose nothing that was acknowledged and double nothing', async () => {
    const random = seeded(20261121)
    const returnedMs: Record<string, number[]> = {}
    for (let round = 0; round < KILLS; round += 1) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'server'
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 3000))
      const pid = await until(`${victim} runs`, () => product.pid(victim))
      process.kill(pid, 'SIGKILL')
      const ms = await back(victim, pid)
      ;(returnedMs[victim] ??= []).push(Math.round(ms))
    }
    console.log('back after (ms)', returnedMs)
    await allLive(product)
    const answer = await verify(product)
    console.log(answer)
    expect(answer.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/)
  })
})
