/**
 * Alarms of a machine: each failure raises one, some come for nothing, and now and then one stands for hours because
 * nobody cares. What is told of an activation: raised, acknowledged, cleared.
 */
import type { AlarmMessage } from '@gemba/contracts/alarm'
import type { AlarmDefinition } from '@gemba/contracts/catalog'
import type { PlantEvent, StateEvent } from './machine.ts'
import type { UnitPlace } from './parameters.ts'
import { Random } from './random.ts'
import type { DeviceReading } from './readings.ts'
import type { TruthLine } from './quality-facts.ts'
import { FAILURES, kindOf } from './stop-reasons.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const NOISE_EVERY_MS = 2.5 * HOUR_MS
const STANDING_EVERY_MS = 40 * HOUR_MS
const FORGOTTEN = 0.15

type Kind = readonly [code: string, name: { zh: string; en: string }, severity: number]

const NOISE: readonly Kind[] = [
  ['ALM-DOOR', { zh: '安全门打开', en: 'Safety door opened' }, 300],
  ['ALM-AIR', { zh: '压缩空气压力低', en: 'Compressed air pressure low' }, 350],
  ['ALM-TEMP', { zh: '电柜温度高', en: 'Cabinet temperature high' }, 250],
  ['ALM-COMM', { zh: '现场总线重试', en: 'Fieldbus retry' }, 150],
]
const STANDING: readonly Kind[] = [
  ['ALM-FILTER', { zh: '滤芯待更换', en: 'Filter change due' }, 120],
  ['ALM-LUBE', { zh: '润滑油位低', en: 'Lubrication level low' }, 220],
]

/** What the alarms are called that are no failure; a failure is called like its reason. */
export const alarmDefinitions = (): AlarmDefinition[] => [
  { code: 'ALM-STOP', name: { zh: '机器停止', en: 'Machine stopped' } },
  ...[...NOISE, ...STANDING].map(([code, name]) => ({ code, name })),
]

type Told = Omit<AlarmMessage, 'event'>
interface Change {
  at: number
  alarm: Told
  event: AlarmMessage['event']
}

export class AlarmPanel {
  private readonly place: UnitPlace
  private readonly random: Random
  private readonly noise: Random
  private number = 0
  /** What will be told, in order of time. */
  private changes: Change[] = []
  private failure: { alarm: Told; raisedAt: number } | null = null
  private inStop = false
  private nextNoiseAt: number
  private nextStandingAt: number
  private lastAt = 0

  constructor(place: UnitPlace, life: { seed: number; epochAt: number }) {
    this.place = place
    this.random = new Random(`${life.seed}:${place.code}:alarms`)
    this.noise = new Random(`${life.seed}:${place.code}:noise`)
    this.nextNoiseAt = life.epochAt + this.pause(NOISE_EVERY_MS)
    this.nextStandingAt = life.epochAt + this.pause(STANDING_EVERY_MS)
  }

  follow(event: PlantEvent): void {
    this.makeNoise(event.at)
    if (event.kind !== 'state') return
    if (event.activity === 'stop') this.stops(event)
    else this.goesOn(event.at)
  }

  /** What was told up to and including the instant; the truth of it beside. */
  until(at: number): { readings: DeviceReading[]; truths: TruthLine[] } {
    this.makeNoise(at)
    const due = this.changes.filter((change) => change.at <= at)
    this.changes = this.changes.filter((change) => change.at > at)
    const readings: DeviceReading[] = []
    const truths: TruthLine[] = []
    for (const { at: planned, alarm, event } of due) {
      // One point, one word at an instant.
      const t = Math.max(planned, this.lastAt + 1)
      this.lastAt = t
      readings.push({ equipment: this.place.path, role: 'alarm', at: t, value: JSON.stringify({ ...alarm, event }) })
      truths.push({ k: 'alarm', t, unit: this.place.path, alarm: alarm.id, event, code: alarm.code })
    }
    return { readings, truths }
  }

  private stops({ at, truth, reason, isPaused }: StateEvent): void {
    const isNew = !this.inStop
    this.inStop = true
    const isFailure = truth === 'DOWN' && (reason === null || reason.startsWith('F-'))
    if (!isNew || isPaused || !isFailure) return
    const known = FAILURES[kindOf(this.place.code)].find(({ code }) => code === reason)
    const alarm = this.alarm(
      reason === null ? 'ALM-STOP' : `ALM-${reason.slice(2)}`,
      known?.name.en ?? 'Machine stopped',
      this.random.integer(6, 9) * 100,
    )
    this.failure = { alarm, raisedAt: at }
    this.plan(at, alarm, 'raised')
    this.plan(at + this.random.lognormal(70 * SECOND_MS, 0.7), alarm, 'acknowledged')
  }

  private goesOn(at: number): void {
    this.inStop = false
    if (!this.failure) return
    this.plan(at, this.failure.alarm, 'cleared')
    this.failure = null
  }

  private makeNoise(until: number): void {
    // In order of time, so that chance is drawn alike however often it is asked.
    while (Math.min(this.nextNoiseAt, this.nextStandingAt) <= until) {
      if (this.nextNoiseAt <= this.nextStandingAt) {
        this.passing(NOISE, this.nextNoiseAt, this.noise.between(15, 400) * SECOND_MS)
        this.nextNoiseAt += this.pause(NOISE_EVERY_MS)
      } else {
        this.passing(STANDING, this.nextStandingAt, this.noise.between(6, 30) * HOUR_MS)
        this.nextStandingAt += this.pause(STANDING_EVERY_MS)
      }
    }
  }

  private pause(meanMs: number): number {
    return Math.ceil(this.noise.exponential(meanMs))
  }

  private passing(list: readonly Kind[], raisedAt: number, lastsMs: number): void {
    const [code, name, severity] = list[this.noise.integer(0, list.length - 1)] as Kind
    const alarm = this.alarm(code, name.en, severity)
    const isForgotten = this.noise.uniform() < FORGOTTEN
    const seenAt = raisedAt + this.noise.lognormal(180 * SECOND_MS, 0.8)
    this.plan(raisedAt, alarm, 'raised')
    if (!isForgotten) this.plan(seenAt, alarm, 'acknowledged')
    this.plan(raisedAt + lastsMs, alarm, 'cleared')
  }

  private alarm(code: string, text: string, severity: number): Told {
    this.number += 1
    return { id: `${this.place.code}-${String(this.number).padStart(6, '0')}`, code, severity, text }
  }

  private plan(at: number, alarm: Told, event: Change['event']): void {
    const change = { at: Math.round(at), alarm, event }
    const index = this.changes.findIndex((each) => each.at > change.at)
    this.changes.splice(index === -1 ? this.changes.length : index, 0, change)
  }
}
