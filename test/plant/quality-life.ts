/** Lots, serials and inspections of the whole plant, moved on in order of time by what the machines make. */
import { AssemblyLots, PackLots } from './lots-assembly.ts'
import { MouldingLots } from './lots-moulding.ts'
import { ProductionRecorder, type Production } from './lots-production.ts'
import { BoardLots, PumpUnits } from './lots-pumps.ts'
import { LotRecords } from './lots-records.ts'
import { Sterilisation } from './lots-sterilisation.ts'
import { LotStore } from './lots-store.ts'
import type { PlantEvent } from './machine.ts'
import { StopTerminal } from './stop-terminal.ts'
import { type SetName, UNITS, type UnitPlace } from './parameters.ts'
import { Inspections } from './quality-inspections.ts'
import { type QualityFact, QualityLog, type TruthLine } from './quality-facts.ts'

interface Task {
  readonly at: number
  readonly run: () => void
}

export class QualityLife {
  private readonly log = new QualityLog()
  private readonly recorders: Map<string, ProductionRecorder>
  private readonly handlers: Readonly<Record<string, { handle(event: Production): void }>>
  private readonly inspections: Inspections
  private readonly terminal: StopTerminal
  /** What will happen, the next one last. */
  private readonly tasks: Task[] = []

  constructor(life: { seed: number; epochAt: number; set: SetName }) {
    this.recorders = new Map(UNITS.map((unit) => [unit.code, new ProductionRecorder(unit, life.set)]))
    const { log } = this
    const parts = {
      log,
      store: new LotStore(log),
      records: new LotRecords(log),
      later: (at: number, run: () => void) => this.plan({ at, run }),
    }
    this.terminal = new StopTerminal(parts)
    this.inspections = new Inspections(log, { seed: life.seed, fromAt: life.epochAt })
    const moulding = new MouldingLots({ ...parts, fromAt: life.epochAt, set: life.set })
    const sterilisation = new Sterilisation(parts)
    const packing = new PackLots(parts, {
      pallet: (pallet, at) => sterilisation.arrive(pallet, at),
      suspectLot: (count) => sterilisation.suspectLot(count),
    })
    const [im, a1, pumps] = [moulding, new AssemblyLots(parts), new PumpUnits(parts)]
    this.handlers = {
      ...{ IM01: im, IM02: im, IM03: im, IM04: im, A1: a1, P1: packing, ST01: sterilisation },
      ...{ S1: new BoardLots(parts), 'F1-1': pumps, 'F1-2': pumps, 'F1-3': pumps, T1: pumps },
    }
  }

  follow(unit: UnitPlace, event: PlantEvent): void {
    this.recorders.get(unit.code)?.follow(event)
    this.terminal.follow(unit, event)
  }

  /** Everything up to and including the instant; all machines must have been followed up to it. */
  until(at: number): { facts: QualityFact[]; truths: TruthLine[] } {
    const events = [...this.recorders.values()].flatMap((recorder) => recorder.until(at))
    // Stable: what one machine says at one instant stays in its order.
    events.sort((a, b) => a.at - b.at)
    for (const event of events) {
      this.runTasks(event.at)
      if (event.kind === 'slot') this.inspections.handle(event)
      else this.handlers[event.unit.code]?.handle(event)
    }
    this.runTasks(at)
    return this.log.take()
  }

  private plan(task: Task): void {
    let low = 0
    let high = this.tasks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.tasks[middle] as Task).at > task.at) low = middle + 1
      else high = middle
    }
    this.tasks.splice(low, 0, task)
  }

  private runTasks(at: number): void {
    for (let next = this.tasks.at(-1); next && next.at <= at; next = this.tasks.at(-1)) {
      this.tasks.pop()
      next.run()
    }
  }
}
