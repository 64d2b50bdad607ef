import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { log } from '../http/log.ts'
import { Corrections } from './corrections.service.ts'
import { DELIVERY_PACE, type DeliveryPace } from './delivery-pace.ts'
import { Outbox } from './outbox.service.ts'
import { RunWorker } from './run-worker.service.ts'
import { Schedules } from './schedules.service.ts'

/** Drives deliveries: plans what is due, prepares runs, sends letters. A slow mail server holds up no render. */
@Injectable()
export class DeliveryClock implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null
  private isStopped = false
  private readonly busy = new Map<string, Promise<void>>()

  constructor(
    private readonly schedules: Schedules,
    private readonly worker: RunWorker,
    private readonly outbox: Outbox,
    private readonly corrections: Corrections,
    @Inject(DELIVERY_PACE) private readonly pace: DeliveryPace,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), this.pace.everyMs).unref()
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true
    if (this.timer) clearInterval(this.timer)
    await Promise.all(this.busy.values())
  }

  private tick(): void {
    this.once('plan', async () => {
      await this.schedules.planDue(Date.now())
      return false
    })
    this.once('render', () => this.worker.workOnOne())
    this.once('corrections', () => this.corrections.lookAtOne())
    for (const line of ['letters 1', 'letters 2']) this.once(line, () => this.outbox.sendOne())
  }

  /** Works until nothing is left, one at a time for each kind of work. */
  private once(kind: string, work: () => Promise<boolean>): void {
    if (this.busy.has(kind) || this.isStopped) return
    const run = async () => {
      try {
        while (!this.isStopped && (await work()));
      } catch (error) {
        log.warn({ err: error, kind }, 'deliveries wait for the metadata store')
      } finally {
        this.busy.delete(kind)
      }
    }
    this.busy.set(kind, run())
  }
}
