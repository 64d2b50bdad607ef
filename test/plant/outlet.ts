import type { DeviceReading } from './readings.ts'

export interface ProcessSample {
  readonly unit: string
  readonly code: string
  readonly at: number
  readonly value: number
}

/** One protocol under which machines speak. */
export interface Outlet {
  readonly name: string
  /** Units whose readings go through it. */
  readonly units: ReadonlySet<string>
  /** Shows what is the case before anybody connects; not news. */
  prime(readings: readonly DeviceReading[]): void
  deliver(readings: readonly DeviceReading[]): void
  deliverProcess(samples: readonly ProcessSample[]): void
  /** Somebody listens. */
  hasListener(): boolean
  start(): Promise<void>
  stop(): Promise<void>
}
