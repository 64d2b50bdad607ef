/** What the plant buys, makes and sells, from whom and for whom. */
import type { Location } from './supply-facts.ts'
import { type SetName, UNITS, type UnitCode, parametersOf, plannedMsPerPiece } from './parameters.ts'

export interface PlantMaterial {
  readonly id: string
  readonly zh: string
  readonly en: string
  readonly kind: 'raw' | 'semi' | 'finished' | 'packaging'
  readonly procurement: 'made' | 'bought' | 'both'
  readonly unit: 'kg' | 'piece'
  /** Standard price of one base unit, CNY. */
  readonly cost: number
  readonly supplier: string | null
  /** Where it lies before it is used. */
  readonly home: Location
  /** Base units in one unit it is ordered in, when that is another. */
  readonly orderUnit?: { readonly name: string; readonly holds: number }
}

type Row = readonly [
  id: string,
  zh: string,
  en: string,
  kind: PlantMaterial['kind'],
  procurement: PlantMaterial['procurement'],
  unit: PlantMaterial['unit'],
  cost: number,
  supplier: string | null,
  home: Location,
]

const ROWS: readonly Row[] = [
  ['RM-PP', '聚丙烯粒料', 'Polypropylene', 'raw', 'bought', 'kg', 9.8, 'V01', 'RM'],
  ['RM-POM', '聚甲醛粒料', 'Polyacetal', 'raw', 'bought', 'kg', 16.4, 'V02', 'RM'],
  ['MB-WHITE', '白色色母', 'White masterbatch', 'raw', 'bought', 'kg', 32, 'V04', 'RM'],
  ['MB-BLUE', '蓝色色母', 'Blue masterbatch', 'raw', 'bought', 'kg', 41, 'V04', 'RM'],
  ['LUB-02', '润滑脂', 'Lubricant', 'raw', 'bought', 'kg', 86, 'V05', 'RM'],
  ['SPRING-01', '弹簧', 'Spring', 'raw', 'bought', 'piece', 0.21, 'V06', 'RM'],
  ['LABEL-B', '蓝标签', 'Blue label', 'packaging', 'bought', 'piece', 0.05, 'V03', 'RM'],
  ['LABEL-R', '红标签', 'Red label', 'packaging', 'bought', 'piece', 0.05, 'V03', 'RM'],
  ['BLISTER', '泡罩', 'Blister', 'packaging', 'bought', 'piece', 0.9, 'V03', 'RM'],
  ['PEN-BARREL', '笔筒', 'Barrel', 'semi', 'made', 'piece', 0.35, null, 'WIP'],
  ['PEN-PLUNGER', '推杆', 'Plunger', 'semi', 'made', 'piece', 0.28, null, 'WIP'],
  ['PEN-CAP', '笔帽', 'Cap', 'semi', 'both', 'piece', 0.19, 'V11', 'WIP'],
  ['PEN-HUB', '针座', 'Hub', 'semi', 'both', 'piece', 0.12, 'V11', 'WIP'],
  ['PEN-100-B', '注射笔 PEN-100-B', 'Pen injector PEN-100-B', 'finished', 'both', 'piece', 4.6, 'V12', 'WIP'],
  ['PEN-100-R', '注射笔 PEN-100-R', 'Pen injector PEN-100-R', 'finished', 'both', 'piece', 4.6, 'V12', 'WIP'],
  ['PUMP-CTRL', '输注泵控制板', 'Pump controller board', 'semi', 'made', 'piece', 58, null, 'WIP'],
  [
    'PEN-100-B-S',
    '注射笔 PEN-100-B（已灭菌）',
    'Pen injector PEN-100-B, sterile',
    'finished',
    'made',
    'piece',
    5.2,
    null,
    'FG',
  ],
  [
    'PEN-100-R-S',
    '注射笔 PEN-100-R（已灭菌）',
    'Pen injector PEN-100-R, sterile',
    'finished',
    'made',
    'piece',
    5.2,
    null,
    'FG',
  ],
  ['PUMP-200-A', '输注泵（未测试）', 'Infusion pump, not tested', 'semi', 'made', 'piece', 390, null, 'WIP'],
  ['PUMP-200', '输注泵 PUMP-200', 'Infusion pump PUMP-200', 'finished', 'made', 'piece', 410, null, 'FG'],
  ['MOTOR-01', '电机', 'Motor', 'raw', 'bought', 'piece', 36, 'V09', 'RM'],
  ['HOUSING-01', '外壳组件', 'Housing set', 'raw', 'bought', 'piece', 22, 'V09', 'RM'],
  ['DISPLAY-01', '显示屏', 'Display', 'raw', 'bought', 'piece', 48, 'V10', 'RM'],
  ['BATTERY-01', '电池', 'Battery', 'raw', 'bought', 'piece', 31, 'V10', 'RM'],
]

const PARTS_OF_BOARD = 38
const board = (index: number): string => `CMP-${String(index).padStart(2, '0')}`

function boardSupplier(index: number): string {
  if (index <= 6) return 'V03'
  if (index <= 18) return 'V07'
  return (['V08', 'V09', 'V10'] as const)[index % 3] as string
}

function boardParts(): PlantMaterial[] {
  return Array.from({ length: PARTS_OF_BOARD }, (_, each) => each + 1).map((index) => ({
    id: board(index),
    zh: `电子元件 ${index}`,
    en: `Component ${index}`,
    kind: 'raw' as const,
    procurement: 'bought' as const,
    unit: 'piece' as const,
    cost: Math.round((0.04 + (index % 7) * 0.11) * 100) / 100,
    supplier: boardSupplier(index),
    home: 'RM' as const,
  }))
}

export const PLANT_MATERIALS: readonly PlantMaterial[] = [
  ...ROWS.map(([id, zh, en, kind, procurement, unit, cost, supplier, home]) => ({
    ...{ id, zh, en, kind, procurement, unit, cost, supplier, home },
    ...(id === 'MB-BLUE' ? { orderUnit: { name: 'BAG', holds: 25 } } : {}),
  })),
  ...boardParts(),
]

export const materialOf = (id: string): PlantMaterial =>
  PLANT_MATERIALS.find((material) => material.id === id) as PlantMaterial

export const SPRING = 'SPRING-01'
/** Pens before and after the steriliser. */
export const PENS = ['PEN-100-B', 'PEN-100-R'] as const
export const STERILE_PENS = ['PEN-100-B-S', 'PEN-100-R-S'] as const

type Bill = readonly (readonly [component: string, each: number])[]

const pen = (label: string): Bill => [
  ['PEN-BARREL', 1],
  ['PEN-CAP', 1],
  ['PEN-HUB', 1],
  ['PEN-PLUNGER', 1],
  [SPRING, 1],
  ['LUB-02', 0.002],
  [label, 1],
  ['BLISTER', 0.1],
]

/** Bills of material for one base unit, as the ERP keeps them. */
export const BILLS: Readonly<Record<string, Bill>> = {
  'PEN-BARREL': [
    ['RM-PP', 0.0042],
    ['MB-WHITE', 0.00005],
  ],
  'PEN-PLUNGER': [['RM-POM', 0.0031]],
  'PEN-CAP': [
    ['RM-PP', 0.0026],
    ['MB-BLUE', 0.00004],
  ],
  'PEN-HUB': [['RM-PP', 0.0011]],
  'PEN-100-B': pen('LABEL-B'),
  'PEN-100-R': pen('LABEL-R'),
  'PUMP-CTRL': Array.from({ length: PARTS_OF_BOARD }, (_, each) => [board(each + 1), 1 + ((each + 1) % 3)] as const),
  'PEN-100-B-S': [['PEN-100-B', 1]],
  'PEN-100-R-S': [['PEN-100-R', 1]],
  'PUMP-200-A': [
    ['PUMP-CTRL', 1],
    ['MOTOR-01', 1],
    ['HOUSING-01', 1],
    ['DISPLAY-01', 1],
    ['BATTERY-01', 1],
  ],
  'PUMP-200': [['PUMP-200-A', 1]],
}

const PACKING = new Set(['LABEL-B', 'LABEL-R', 'BLISTER'])

/** What an order on a unit takes: pens are put together on A1 and packed on P1, from one bill. */
export function componentsOf(unit: UnitCode, material: string): Bill {
  const bill = BILLS[material] ?? []
  if (unit === 'A1') return bill.filter(([component]) => !PACKING.has(component))
  if (unit === 'P1') return [[material, 1], ...bill.filter(([component]) => PACKING.has(component))]
  return bill
}

const MINUTE_MS = 60_000
const SHIFTS = 3
const PLANNED_MINUTES = { SUZ: 430, BRQ: 450 } as const

/** Pieces that a unit is expected to make on a working day. */
export function expectedDaily(code: UnitCode, set: SetName): number {
  const unit = UNITS.find((each) => each.code === code)
  const plannedMs = SHIFTS * PLANNED_MINUTES[unit?.site ?? 'SUZ'] * MINUTE_MS
  return plannedMs / plannedMsPerPiece(parametersOf(code, set))
}

/** Where a unit takes a component from: the steriliser loads what packing has put before it. */
export const locationBefore = (unit: UnitCode, component: string): Location =>
  unit === 'ST01' ? 'STER' : materialOf(component).home

/** Base units of a material that all units are expected to take from its home on a working day. */
export function expectedUse(material: string, set: SetName): number {
  let sum = 0
  for (const unit of UNITS.filter(({ code }) => locationBefore(code, material) === materialOf(material).home))
    for (const made of unit.materials)
      for (const [component, each] of componentsOf(unit.code, made))
        if (component === material) sum += (expectedDaily(unit.code, set) / unit.materials.length) * each
  return sum
}

/** Where good pieces of a unit go. */
export function locationAfter(unit: UnitCode): Location {
  if (unit === 'P1') return 'STER'
  return unit === 'ST01' || unit === 'T1' ? 'FG' : 'WIP'
}

export interface PlantSupplier {
  readonly id: string
  readonly name: string
  readonly lateShare: number
  readonly earlyShare: number
  readonly defectPpm: number
}

const supplier = (id: string, name: string, [late, early, ppm]: readonly [number, number, number]): PlantSupplier => ({
  id,
  name,
  lateShare: late,
  earlyShare: early,
  defectPpm: ppm,
})

/** V03 and V07 are planted: late .08 and .30, 1 200 and 8 000 bad pieces per million. */
export const SUPPLIERS: readonly PlantSupplier[] = [
  supplier('V01', '华东树脂', [0.03, 0.05, 0]),
  supplier('V02', '江南工程塑料', [0.05, 0.05, 0]),
  supplier('V03', '苏印标签包装', [0.08, 0.05, 1_200]),
  supplier('V04', '彩源色母', [0.04, 0.1, 0]),
  supplier('V05', '润泽化工', [0.02, 0.05, 0]),
  supplier('V06', '恒力弹簧', [0, 0, 150]),
  supplier('V07', '速联电子', [0.3, 0, 8_000]),
  supplier('V08', '精工电子', [0.05, 0.05, 250]),
  supplier('V09', '瑞安机电', [0.06, 0.05, 300]),
  supplier('V10', '晶显科技', [0.04, 0.05, 200]),
  supplier('V11', '永达模塑', [0.05, 0.02, 400]),
  supplier('V12', '安装宝代工', [0.03, 0.02, 120]),
]

export const supplierOf = (id: string): PlantSupplier => SUPPLIERS.find((each) => each.id === id) as PlantSupplier

export interface PlantCustomer {
  readonly id: string
  readonly name: string
  readonly windowDays: readonly [early: number, late: number] | null
}

const KEY_ACCOUNTS: Readonly<Record<string, readonly [number, number]>> = { C01: [-3, 0], C02: [-1, 1], C03: [0, 0] }

/** C01 to C03 are key accounts with windows of their own; C20 is the plant's service depot. */
export const CUSTOMERS: readonly PlantCustomer[] = Array.from({ length: 20 }, (_, index) => {
  const id = `C${String(index + 1).padStart(2, '0')}`
  return { id, name: id === 'C20' ? '服务中心' : `客户 ${id}`, windowDays: KEY_ACCOUNTS[id] ?? null }
})
export const SERVICE_DEPOT = 'C20'
