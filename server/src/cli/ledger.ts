/**
 * Reads the ledger of the reference factory: what really happened, written by the plant itself and never seen by the
 * platform. NDJSON, one line per fact, in order of time.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface LedgerState {
  at: number
  state: string
  reason: string | null
  order: string | null
  material: string | null
}

export interface LedgerCount {
  at: number
  total: number
  good: number
  scrap: number
  rework: number
  order: string | null
  material: string | null
}

export interface LedgerUnit {
  states: LedgerState[]
  counts: LedgerCount[]
}

export interface LedgerOperation {
  order: string
  operation: string
  at: number
  good: number
  scrap: number
  rework: number
}

export interface LedgerOrder {
  releasedAt: number
  deliveredAt: number | null
}

/** What a machine had drawn by then, as its meter could show it. */
export interface LedgerMeter {
  at: number
  kwh: number
}

export interface Ledger {
  /** Orders that there really were, by number; empty for a ledger that does not speak of them. */
  orders: Map<string, LedgerOrder>
  units: Map<string, LedgerUnit>
  /** By unit, in order of time. */
  meters: Map<string, LedgerMeter[]>
  operations: LedgerOperation[]
  /** Lines about lots, tests, inspections, alarms and maintenance by kind, as they were written. */
  quality: Map<string, Line[]>
  /** First and last instant the ledger speaks about (ms). */
  fromAt: number
  toAt: number
  lines: number
}

type Line = Record<string, unknown>
export type LedgerLine = Line
const QUALITY = new Set([
  'lot',
  'edge',
  'inspection',
  'entered-stop',
  'lot-stock',
  'lot-movement',
  'hopper',
  'unrecorded',
  'defect',
  'test',
  'subgroup',
  'plan',
  'alarm',
  'maintenance',
])

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

function unitOf(ledger: Ledger, line: Line): LedgerUnit {
  const name = String(line['unit'])
  const known = ledger.units.get(name)
  if (known) return known
  const fresh: LedgerUnit = { states: [], counts: [] }
  ledger.units.set(name, fresh)
  return fresh
}

const readers: Record<string, (ledger: Ledger, line: Line, at: number) => void> = {
  state: (ledger, line, at) =>
    unitOf(ledger, line).states.push({
      at,
      state: String(line['state']),
      reason: text(line['reason']),
      order: text(line['order']),
      material: text(line['material']),
    }),
  count: (ledger, line, at) =>
    unitOf(ledger, line).counts.push({
      at,
      total: Number(line['total']),
      good: Number(line['good']),
      scrap: Number(line['scrap']),
      rework: Number(line['rework']),
      order: text(line['order']),
      material: text(line['material']),
    }),
  released: (ledger, line, at) => {
    ledger.orders.set(String(line['order']), { releasedAt: at, deliveredAt: null })
  },
  delivery: (ledger, line, at) => {
    const order = ledger.orders.get(String(line['order']))
    if (order) order.deliveredAt = at
  },
  energy: (ledger, line, at) => {
    const unit = String(line['unit'])
    const lines = ledger.meters.get(unit) ?? []
    ledger.meters.set(unit, lines)
    lines.push({ at, kwh: Number(line['kwh']) })
  },
  operation: (ledger, line, at) =>
    ledger.operations.push({
      at,
      order: String(line['order']),
      operation: String(line['operation']),
      good: Number(line['good']),
      scrap: Number(line['scrap']),
      rework: Number(line['rework']),
    }),
}

/** Reads the whole file; a torn last line (the plant is writing) is left out. */
export async function readLedger(file: string): Promise<Ledger> {
  const ledger: Ledger = {
    orders: new Map(),
    units: new Map(),
    meters: new Map(),
    operations: [],
    quality: new Map(),
    fromAt: Infinity,
    toAt: -Infinity,
    lines: 0,
  }
  for await (const raw of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const line = parse(raw)
    if (!line) continue
    const at = Number(line['t'])
    if (!Number.isFinite(at)) continue
    ledger.lines += 1
    ledger.fromAt = Math.min(ledger.fromAt, at)
    ledger.toAt = Math.max(ledger.toAt, at)
    const kind = String(line['k'])
    readers[kind]?.(ledger, line, at)
    if (QUALITY.has(kind)) keep(ledger, kind, line)
  }
  for (const unit of ledger.units.values()) {
    unit.states.sort((a, b) => a.at - b.at)
    unit.counts.sort((a, b) => a.at - b.at)
  }
  for (const lines of ledger.meters.values()) lines.sort((a, b) => a.at - b.at)
  return ledger
}

function keep(ledger: Ledger, kind: string, line: Line): void {
  const lines = ledger.quality.get(kind)
  if (lines) lines.push(line)
  else ledger.quality.set(kind, [line])
}

function parse(raw: string): Line | null {
  try {
    return JSON.parse(raw) as Line
  } catch {
    return null
  }
}
