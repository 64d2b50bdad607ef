/** Lines are cut and foreign servers go away while the plant runs; afterwards the platform must agree with the ledger. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boardFrame, tileDataByKind } from '@gemba/contracts/board'
import { freshnessMarks } from '@gemba/engine/format/freshness'
import { type Product, freePort, startProduct, until } from '../flows/product.ts'
import { CuttableLine } from './cuttable-line.ts'
import { allLive, sessionOf, sourcesOf, verify } from './settled.ts'

const CUT_MS = Number(process.env['GEMBA_CUT_S'] ?? 60) * 1000
const PASSED = /^[1-9]\d* passed, 0 failed$/

let product: Product
let line: CuttableLine
beforeAll(async () => {
  const [port, linePort] = [await freePort(), await freePort()]
  line = new CuttableLine(port)
  await line.open(linePort)
  const environment = { GEMBA_COLLECTOR_SERVER_URL: `http://127.0.0.1:${linePort}` }
  product = await startProduct({ plant: 'nervous', historyDays: 1, port, environment })
})
afterAll(async () => {
  await line?.close()
  await product?.stop()
})

const switchOff = (...parts: string[]) =>
  writeFileSync(join(product.dataDir, 'plant/control.json'), JSON.stringify({ off: parts }))

/** The age mark of the OEE of a unit as its board shows it. */
async function ageOf(unit: string): Promise<string> {
  const get = await sessionOf(product)
  const answer = await get('/api/boards/oee/data', {
    method: 'POST',
    body: JSON.stringify({ equipment: unit }),
    headers: { 'content-type': 'application/json' },
  })
  const frame = boardFrame.parse(await answer.json())
  const tile = frame.tiles.find((each) => each.tile === 'oee')
  if (tile?.state !== 'ready') return tile?.state ?? 'missing'
  const { oee } = tileDataByKind['oee-hero'].parse(tile.data)
  return freshnessMarks(oee, oee.freshness, frame.serverTime).age
}

const IM01 = 'SUZ/MOLD/IM/IM01'
const A1 = 'SUZ/ASM/A1'
const S1 = 'BRQ/SMT/S1'

async function agesBecome(wanted: Record<string, string>): Promise<void> {
  await until(
    `ages ${JSON.stringify(wanted)}`,
    async () => {
      for (const [unit, age] of Object.entries(wanted)) if ((await ageOf(unit)) !== age) return false
      return true
    },
    60_000,
  )
}

/** The longest unknown time of a unit among the lines of `gemba verify`, s. */
const unknownSeconds = (lines: readonly string[]): number =>
  Math.max(0, ...lines.map((line) => Number(/unknown ([\d.]+) s$/.exec(line)?.[1] ?? 0)))

describe('a network that is cut between collectors and server', () => {
  it('stops every device value and nothing else; then all of it is made up for', async () => {
    line.cut()
    const cutAt = performance.now()
    await agesBecome({ [IM01]: 'stale', [A1]: 'stale', [S1]: 'stale' })
    await pause(Math.max(0, CUT_MS - (performance.now() - cutAt)))
    line.mend()
    await allLive(product)
    await agesBecome({ [IM01]: 'live', [A1]: 'live', [S1]: 'live' })
    let answer = await verify(product)
    // The last seconds are unknown while a busy machine catches up; what was lost would stay unknown.
    for (let again = 0; again < 3 && unknownSeconds(answer) >= 10; again += 1) answer = await verify(product)
    console.log(answer)
    expect(answer.at(-1)).toMatch(PASSED)
    // The collectors went on reading: nothing of that minute is unknown.
    expect(unknownSeconds(answer)).toBeLessThan(10)
  })
})

describe('a foreign server that goes away', () => {
  it('marks exactly what depends on it, is named, and comes back without harm: the MQTT broker', async () => {
    switchOff('broker')
    await agesBecome({ [A1]: 'stale', [S1]: 'stale', [IM01]: 'live' })
    const failing = (await sourcesOf(product)).filter((source) => source.state === 'failing')
    expect(failing.map((source) => [source.id, source.errorType]).toSorted()).toEqual([
      ['mqtt-asm', 'connect'],
      ['mqtt-fa', 'connect'],
      ['mqtt-pack', 'connect'],
      ['mqtt-ster', 'connect'],
      ['sparkplug-smt', 'connect'],
    ])
    switchOff()
    await agesBecome({ [A1]: 'live', [S1]: 'live', [IM01]: 'live' })
  })

  it('marks exactly what depends on it, is named, and comes back without harm: the OPC UA server', async () => {
    switchOff('opcua')
    await agesBecome({ [IM01]: 'stale', [A1]: 'live', [S1]: 'live' })
    const failing = (await sourcesOf(product)).filter((source) => source.state === 'failing')
    expect(failing.map((source) => [source.id, source.errorType])).toEqual([['opcua-mold', 'connect']])
    switchOff()
    await agesBecome({ [IM01]: 'live', [A1]: 'live', [S1]: 'live' })
  })

  it('leaves a platform that agrees with the ledger wherever it was not blind, and says where it was', async () => {
    await allLive(product)
    const answer = await verify(product)
    console.log(answer)
    expect(answer.at(-1)).toMatch(PASSED)
  })
})
