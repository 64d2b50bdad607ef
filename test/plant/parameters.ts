/** Behaviour of the machines: the reference parameters, and the nervous set in which every state comes within minutes. */

export type SetName = 'reference' | 'nervous'

export interface Station {
  readonly code: string
  readonly mtbfRunHours: number
  readonly mttrHours: number
}

/** Hours and seconds as named; rates per hour of pure execution. */
export interface UnitParameters {
  readonly idealCycleSeconds: number
  readonly cavities: number
  /** Real cycle / ideal cycle. */
  readonly speedFactor: number
  readonly mtbfRunHours: number
  readonly mttrHours: number
  /** Uniform repair instead of 120 s + lognormal; some stay below the micro-stop threshold. */
  readonly repairSeconds?: readonly [number, number]
  readonly microStopsPerRunHour: number
  readonly microStopMeanSeconds: number
  /** Pieces between two changeovers, scrap included. */
  readonly batchPieces: number
  /** A batch process: each cycle is one load of so many carriers, and a changeover follows it. */
  readonly load?: { readonly carriers: readonly [number, number]; readonly piecesEach: number }
  readonly changeoverHours: number
  readonly scrapRate: number
  readonly reworkRate: number
  readonly stations: readonly Station[]
}

export const UNIT_CODES = [
  'IM01',
  'IM02',
  'IM03',
  'IM04',
  'A1',
  'P1',
  'S1',
  'F1-1',
  'F1-2',
  'F1-3',
  'T1',
  'ST01',
] as const
export type UnitCode = (typeof UNIT_CODES)[number]

export interface UnitPlace {
  readonly code: UnitCode
  readonly path: string
  readonly site: 'SUZ' | 'BRQ'
  /** Which outlet speaks for the unit: the id of the live source. */
  readonly source: 'opcua-mold' | 'mqtt-asm' | 'mqtt-pack' | 'mqtt-fa' | 'mqtt-ster' | 'sparkplug-smt'
  /** Materials in turn, one order each. */
  readonly materials: readonly string[]
  /** Work centre of the unit and of the inspection after it. */
  readonly workCenter: string
  readonly inspectionCenter: string
  /** Area of the unit; the inspection belongs to it. */
  readonly area: string
  /** What the two operations of its orders are called; default: the unit and an inspection. */
  readonly operations?: readonly [string, string]
}

const mould = (code: UnitCode, materials: readonly string[]): UnitPlace => ({
  code,
  path: `SUZ/MOLD/IM/${code}`,
  site: 'SUZ',
  source: 'opcua-mold',
  materials,
  workCenter: `SPG-${code}`,
  inspectionCenter: 'QA-MOLD',
  area: 'SUZ/MOLD',
})

const pumpCell = (code: UnitCode): UnitPlace => ({
  code,
  path: `BRQ/FA/F1/${code}`,
  site: 'BRQ',
  source: 'mqtt-fa',
  materials: ['PUMP-200-A'],
  workCenter: `FIN-${code}`,
  inspectionCenter: 'QA-FA',
  area: 'BRQ/FA',
  operations: ['Pump assembly', 'Inspection'],
})

export const UNITS: readonly UnitPlace[] = [
  mould('IM01', ['PEN-BARREL', 'PEN-PLUNGER']),
  mould('IM02', ['PEN-PLUNGER', 'PEN-BARREL']),
  mould('IM03', ['PEN-CAP', 'PEN-HUB']),
  mould('IM04', ['PEN-HUB']),
  {
    code: 'A1',
    path: 'SUZ/ASM/A1',
    site: 'SUZ',
    source: 'mqtt-asm',
    materials: ['PEN-100-B', 'PEN-100-R'],
    workCenter: 'MTG-A1',
    inspectionCenter: 'QA-ASM',
    area: 'SUZ/ASM',
  },
  {
    code: 'P1',
    path: 'SUZ/PACK/P1',
    site: 'SUZ',
    source: 'mqtt-pack',
    materials: ['PEN-100-B', 'PEN-100-R'],
    workCenter: 'VPK-P1',
    inspectionCenter: 'QA-PACK',
    area: 'SUZ/PACK',
  },
  {
    code: 'S1',
    path: 'BRQ/SMT/S1',
    site: 'BRQ',
    source: 'sparkplug-smt',
    materials: ['PUMP-CTRL'],
    workCenter: 'SMT-S1',
    inspectionCenter: 'QA-SMT',
    area: 'BRQ/SMT',
  },
  pumpCell('F1-1'),
  pumpCell('F1-2'),
  pumpCell('F1-3'),
  {
    code: 'T1',
    path: 'BRQ/FA/T1',
    site: 'BRQ',
    source: 'sparkplug-smt',
    materials: ['PUMP-200'],
    workCenter: 'FIN-T1',
    inspectionCenter: 'QA-PUMP',
    area: 'BRQ/FA',
    operations: ['Pump test', 'Burn-in'],
  },
  {
    code: 'ST01',
    path: 'SUZ/STER/ST01',
    site: 'SUZ',
    source: 'mqtt-ster',
    materials: ['PEN-100-B-S', 'PEN-100-R-S'],
    workCenter: 'STE-ST01',
    inspectionCenter: 'QA-STER',
    area: 'SUZ/STER',
    operations: ['Sterilise', 'Release'],
  },
]

/** Units that speak through one outlet, read by one source. */
export const unitsOf = (source: UnitPlace['source']): UnitPlace[] => UNITS.filter((unit) => unit.source === source)

const STATIONS: readonly Station[] = [
  { code: 'OP10', mtbfRunHours: 20, mttrHours: 0.2 },
  { code: 'OP20', mtbfRunHours: 10, mttrHours: 0.25 },
  { code: 'OP30', mtbfRunHours: 15, mttrHours: 0.3 },
  { code: 'OP40', mtbfRunHours: 25, mttrHours: 0.5 },
  { code: 'OP50', mtbfRunHours: 40, mttrHours: 0.2 },
]

type Row = readonly [number, number, number, number, number, number, number, number, number, number, number]

/** cycle, cavities, speed, mtbf, mttr, micro-stops per hour, their mean, batch, changeover, scrap, rework */
const REFERENCE: Readonly<Record<UnitCode, Row>> = {
  IM01: [18, 8, 1.04, 20, 0.8, 1.5, 60, 40000, 1.3, 0.012, 0.008],
  IM02: [18, 8, 1.0, 25, 0.5, 0.9, 40, 40000, 1.25, 0.01, 0],
  IM03: [30, 4, 1.1, 12, 0.9, 3, 60, 12000, 1.5, 0.025, 0.005],
  IM04: [30, 4, 1.0, 40, 1, 0, 0, 20000, 2.5, 0.005, 0],
  A1: [3.6, 1, 1.02, 3.550295858, 0.284023669, 6, 20, 10000, 0.51, 0.01, 0.005],
  P1: [1.5, 1, 1.05, 8, 0.2, 10, 18, 20000, 0.7, 0.003, 0],
  S1: [24, 4, 1.08, 16, 0.4, 4, 45, 2500, 0.45, 0.003, 0.012],
  'F1-1': [180, 1, 1.12, 100, 1, 2.4, 75, 50, 0.2, 0.01, 0.02],
  'F1-2': [180, 1, 1.12, 100, 1, 2.4, 75, 50, 0.2, 0.01, 0.02],
  'F1-3': [180, 1, 1.12, 100, 1, 2.4, 75, 50, 0.2, 0.01, 0.02],
  T1: [95, 1, 1.0, 50, 0.5, 0.5, 60, 200, 0.25, 0.01, 0.04],
  ST01: [21600, 14400, 1.0, 160, 2, 0, 0, 14400, 0.5, 0, 0],
}
/** Pallets of a sterilisation load: the chamber holds 24. */
const STERILISER_LOAD = { carriers: [20, 24], piecesEach: 600 } as const

/** Pieces of about six minutes of running. */
const NERVOUS_BATCH: Readonly<Record<UnitCode, number>> = {
  IM01: 160,
  IM02: 160,
  IM03: 44,
  IM04: 48,
  A1: 100,
  P1: 240,
  S1: 56,
  'F1-1': 3,
  'F1-2': 3,
  'F1-3': 3,
  T1: 4,
  ST01: 240,
}
const NERVOUS_MTBF_SECONDS = 120
const NERVOUS_REPAIR_SECONDS = [20, 180] as const
const NERVOUS_MICRO_STOPS_PER_HOUR = 60
const NERVOUS_MICRO_STOP_SECONDS = 8
const NERVOUS_CHANGEOVER_SECONDS = 45
/** Small loads at the same ideal time per piece. */
const NERVOUS_LOAD = { idealCycleSeconds: 360, cavities: 240, load: { ...STERILISER_LOAD, piecesEach: 10 } }

function referenceOf(unit: UnitCode): UnitParameters {
  const [cycle, cavities, speed, mtbf, mttr, micro, microMean, batch, changeover, scrap, rework] = REFERENCE[unit]
  return {
    idealCycleSeconds: cycle,
    cavities,
    speedFactor: speed,
    mtbfRunHours: mtbf,
    mttrHours: mttr,
    microStopsPerRunHour: micro,
    microStopMeanSeconds: microMean,
    batchPieces: batch,
    changeoverHours: changeover,
    scrapRate: scrap,
    reworkRate: rework,
    stations: unit === 'A1' ? STATIONS : [],
    ...(unit === 'ST01' ? { load: STERILISER_LOAD } : {}),
  }
}

export function parametersOf(unit: UnitCode, set: SetName): UnitParameters {
  const reference = referenceOf(unit)
  if (set === 'reference') return reference
  const [low, high] = NERVOUS_REPAIR_SECONDS
  return {
    ...reference,
    mtbfRunHours: NERVOUS_MTBF_SECONDS / 3600,
    mttrHours: (low + high) / 2 / 3600,
    repairSeconds: NERVOUS_REPAIR_SECONDS,
    microStopsPerRunHour: NERVOUS_MICRO_STOPS_PER_HOUR,
    microStopMeanSeconds: NERVOUS_MICRO_STOP_SECONDS,
    batchPieces: NERVOUS_BATCH[unit],
    changeoverHours: NERVOUS_CHANGEOVER_SECONDS / 3600,
    ...(reference.load ? NERVOUS_LOAD : {}),
  }
}

/** Stops that cover less planned time are micro-stops. */
export const MICRO_STOP_THRESHOLD_MS = 120_000

/** Expected planned milliseconds per piece, stops and changeovers included. */
export function plannedMsPerPiece(unit: UnitParameters): number {
  const runMs = (unit.idealCycleSeconds / unit.cavities) * unit.speedFactor * 1000
  const failure = unit.mttrHours / unit.mtbfRunHours
  const micro = (unit.microStopsPerRunHour * unit.microStopMeanSeconds) / 3600
  return runMs * (1 + failure + micro) + (unit.changeoverHours * 3_600_000) / unit.batchPieces
}
