/** Points of the plant, and the process values of its machines. */
import type { Bilingual, PointDefinition, PointRole } from '@gemba/contracts/catalog'
import { UNITS, type UnitPlace, parametersOf } from './parameters.ts'
import { fractionOf, hashOf } from './random.ts'

export type DrivingRole = Exclude<PointRole, 'process'>

const ROLE_NAMES: Readonly<Record<DrivingRole, Bilingual>> = {
  state: { zh: '状态', en: 'State' },
  mode: { zh: '模式', en: 'Mode' },
  reason: { zh: '停机原因', en: 'Stop reason' },
  order: { zh: '生产订单', en: 'Production order' },
  material: { zh: '物料', en: 'Material' },
  link: { zh: '在线', en: 'Observed' },
  total: { zh: '总产', en: 'Total count' },
  good: { zh: '合格', en: 'Good' },
  scrap: { zh: '报废', en: 'Scrap' },
  rework: { zh: '返工', en: 'Rework' },
  energy: { zh: '有功电能', en: 'Active energy' },
  alarm: { zh: '报警', en: 'Alarm' },
}

export interface ProcessValue {
  readonly code: string
  readonly name: Bilingual
  readonly unit: string
  readonly low: number
  readonly high: number
  readonly running: number
  readonly idle: number
  readonly spread: number
}

const value = (
  [code, unit]: readonly [string, string],
  [zh, en]: readonly [string, string],
  [low, high, running, idle, spread]: readonly [number, number, number, number, number],
): ProcessValue => ({ code, name: { zh, en }, unit, low, high, running, idle, spread })

const MOULD = [
  value(['MeltTemp', 'degC'], ['熔体温度', 'Melt temperature'], [180, 260, 225, 212, 1.2]),
  value(['InjPressure', 'bar'], ['注射压力', 'Injection pressure'], [0, 1600, 980, 0, 14]),
  value(['CycleTime', 's'], ['周期', 'Cycle time'], [0, 60, 20, 0, 0.3]),
  value(['CushionPos', 'mm'], ['料垫', 'Cushion'], [0, 20, 6.2, 6.2, 0.12]),
  value(['MouldTemp', 'degC'], ['模温', 'Mould temperature'], [10, 90, 42, 38, 0.5]),
]
const PUMP_CELL = [value(['ScrewTorque', 'N·m'], ['拧紧扭矩', 'Screw torque'], [0, 3, 1.2, 0, 0.05])]
const PROCESS: Readonly<Record<string, readonly ProcessValue[]>> = {
  A1: [
    value(['LeakRate', 'Pa/s'], ['漏率', 'Leak rate'], [0, 5, 0.8, 0, 0.1]),
    value(['WeldEnergy', 'J'], ['焊接能量', 'Weld energy'], [0, 120, 78, 0, 1.5]),
  ],
  P1: [
    value(['SealTemp', 'degC'], ['热封温度', 'Seal temperature'], [100, 180, 142, 138, 0.8]),
    value(['LineSpeed', 'm/min'], ['线速', 'Line speed'], [0, 40, 22, 0, 0.4]),
  ],
  S1: [
    value(['ReflowPeak', 'degC'], ['回流峰温', 'Reflow peak'], [200, 270, 244, 240, 0.9]),
    value(['PasteHeight', 'µm'], ['锡膏厚度', 'Paste height'], [80, 180, 128, 128, 2]),
  ],
  'F1-1': PUMP_CELL,
  'F1-2': PUMP_CELL,
  'F1-3': PUMP_CELL,
  T1: [
    value(['FlowError', '%'], ['流量误差', 'Flow error'], [-10, 10, 0.6, 0, 0.4]),
    value(['Occlusion', 'kPa'], ['阻塞压力', 'Occlusion pressure'], [0, 150, 82, 0, 3]),
  ],
  ST01: [
    value(['ChamberTemp', 'degC'], ['腔体温度', 'Chamber temperature'], [20, 70, 50, 34, 0.8]),
    value(['Humidity', '%RH'], ['湿度', 'Humidity'], [0, 100, 62, 45, 2]),
    value(['EoConcentration', 'mg/L'], ['环氧乙烷浓度', 'EO concentration'], [0, 900, 610, 0, 8]),
  ],
}

export const processValues = (unit: UnitPlace): readonly ProcessValue[] => PROCESS[unit.code] ?? MOULD

/** A process value of a second: where the machine is, a slow drift and a little noise; the same for the same second. */
export function processValueAt(
  unit: UnitPlace,
  process: ProcessValue,
  at: { second: number; isRunning: boolean },
): number {
  const seed = hashOf(`${unit.code}:${process.code}`)
  const base = at.isRunning ? process.running : process.idle
  const drift = Math.sin(at.second / 1800 + (seed % 360)) * process.spread
  const noise = (fractionOf(seed, at.second) - 0.5) * process.spread
  return Math.round((base + (base === 0 ? 0 : drift + noise)) * 100) / 100
}

const ALL_ROLES = Object.keys(ROLE_NAMES) as DrivingRole[]
const STATION_ROLES: readonly DrivingRole[] = ['state', 'mode', 'reason', 'link']

export function stationsOf(unit: UnitPlace): string[] {
  return parametersOf(unit.code, 'reference').stations.map((station) => station.code)
}

export function pointDefinitions(): PointDefinition[] {
  const driving = (equipment: string, roles: readonly DrivingRole[]): PointDefinition[] =>
    roles.map((role) => ({
      id: `${equipment}:${role}`,
      equipment,
      role,
      name: ROLE_NAMES[role],
      ...(role === 'energy' ? { unit: 'kWh' } : {}),
    }))
  return UNITS.flatMap((unit) => [
    ...driving(unit.path, ALL_ROLES),
    ...stationsOf(unit).flatMap((station) => driving(`${unit.path}/${station}`, STATION_ROLES)),
    ...processValues(unit).map((process): PointDefinition => ({
      id: `${unit.path}:process/${process.code}`,
      equipment: unit.path,
      role: 'process',
      name: process.name,
      unit: process.unit,
      low: process.low,
      high: process.high,
    })),
  ])
}
