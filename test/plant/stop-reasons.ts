/** Stop reasons of the plant: codes as the machines show them, names, the class of loss and who answers for it. */
import type { Bilingual, ReasonDefinition } from '@gemba/contracts/catalog'
import type { UnitCode } from './parameters.ts'

const EQUIPMENT = { zh: '设备', en: 'Maintenance' }
const PROCESS = { zh: '工艺', en: 'Process' }
const PRODUCTION = { zh: '生产', en: 'Production' }
const MATERIAL = { zh: '物料', en: 'Material' }
const QUALITY = { zh: '质量', en: 'Quality' }

export type Kind = 'mould' | 'A1' | 'P1' | 'S1' | 'F1' | 'T1' | 'ST'
const KINDS: readonly (readonly [string, Kind])[] = [
  ['IM', 'mould'],
  ['F1', 'F1'],
  ['ST', 'ST'],
]
/** Units of one kind stop for the same reasons. */
export const kindOf = (unit: UnitCode): Kind => KINDS.find(([start]) => unit.startsWith(start))?.[1] ?? (unit as Kind)

interface Entry {
  readonly code: string
  readonly name: Bilingual
  readonly owner: Bilingual
  /** Relative frequency. */
  readonly weight: number
  /** Station that stops, for the assembly line. */
  readonly station?: string
}

// eslint-disable-next-line max-params -- rows of a table
const entry = (code: string, [zh, en]: readonly [string, string], owner: Bilingual, weight = 1): Entry => ({
  code,
  name: { zh, en },
  owner,
  weight,
})
const at = (station: string, each: Entry): Entry => ({ ...each, station })

export const FAILURES: Readonly<Record<Kind, readonly Entry[]>> = {
  mould: [
    entry('F-MOULD', ['模具粘料', 'Mould sticking'], EQUIPMENT, 5),
    entry('F-EJECT', ['顶针卡死', 'Ejector pin jammed'], EQUIPMENT, 3),
    entry('F-HYDR', ['液压泄漏', 'Hydraulic leak'], EQUIPMENT, 3),
    entry('F-HEAT', ['加热圈断路', 'Heater band open'], EQUIPMENT, 3),
    entry('F-NOZZLE', ['喷嘴堵塞', 'Nozzle blocked'], PROCESS, 4),
    entry('F-ROBOT', ['取件机械手故障', 'Take-out robot fault'], EQUIPMENT, 4),
    entry('F-COOL', ['冷却水流量低', 'Cooling water flow low'], EQUIPMENT, 2),
    entry('F-DRYER', ['干燥机故障', 'Resin dryer fault'], MATERIAL, 2),
    entry('F-CLAMP', ['锁模压力异常', 'Clamp force fault'], EQUIPMENT, 2),
    entry('F-SHORT', ['连续短射停机', 'Repeated short shots'], QUALITY, 2),
  ],
  A1: [
    at('OP10', entry('F-BOWL', ['振动盘卡料', 'Bowl feeder jam'], EQUIPMENT, 3)),
    at('OP10', entry('F-PICK', ['取料爪故障', 'Gripper fault'], EQUIPMENT, 2)),
    at('OP20', entry('F-FEED', ['弹簧供料卡滞', 'Spring feed jam'], EQUIPMENT, 5)),
    at('OP20', entry('F-SPRING', ['弹簧来料变形', 'Deformed springs'], MATERIAL, 2)),
    at('OP30', entry('F-WELD', ['超声焊头报警', 'Ultrasonic horn alarm'], EQUIPMENT, 4)),
    at('OP30', entry('F-WELDQ', ['焊接能量超差', 'Weld energy out of range'], PROCESS, 2)),
    at('OP40', entry('F-LEAK', ['漏测夹具泄漏', 'Leak test fixture leaks'], EQUIPMENT, 4)),
    at('OP40', entry('F-LEAKCAL', ['漏测仪校准失败', 'Leak tester calibration failed'], QUALITY, 1)),
    at('OP50', entry('F-VISION', ['视觉误判停机', 'Vision false rejects'], QUALITY, 3)),
    at('OP50', entry('F-LIGHT', ['视觉光源故障', 'Vision light failed'], EQUIPMENT, 1)),
  ],
  P1: [
    entry('F-LABEL', ['贴标机卡标', 'Labeller jam'], EQUIPMENT, 5),
    entry('F-PRINT', ['UDI 喷码故障', 'UDI printer fault'], EQUIPMENT, 4),
    entry('F-SEAL', ['热封温度异常', 'Seal temperature fault'], PROCESS, 4),
    entry('F-FORM', ['成型模故障', 'Forming die fault'], EQUIPMENT, 2),
    entry('F-FOIL', ['盖材断料', 'Lidding torn'], MATERIAL, 3),
    entry('F-CUT', ['冲裁刀磨损', 'Die cutter worn'], EQUIPMENT, 2),
    entry('F-CARTON', ['装盒机卡盒', 'Cartoner jam'], EQUIPMENT, 3),
    entry('F-VERIFY', ['条码校验失败', 'Code verification failed'], QUALITY, 2),
    entry('F-CONV', ['输送带跑偏', 'Conveyor off track'], EQUIPMENT, 2),
    entry('F-VACUUM', ['真空泵故障', 'Vacuum pump fault'], EQUIPMENT, 1),
  ],
  S1: [
    entry('F-PASTE', ['锡膏印刷偏移', 'Paste print offset'], PROCESS, 4),
    entry('F-STENCIL', ['钢网堵塞', 'Stencil clogged'], PROCESS, 3),
    entry('F-NOZZ', ['吸嘴故障', 'Placement nozzle fault'], EQUIPMENT, 5),
    entry('F-FEEDER', ['飞达卡料', 'Tape feeder jam'], MATERIAL, 5),
    entry('F-PLACE', ['贴装头报警', 'Placement head alarm'], EQUIPMENT, 3),
    entry('F-OVEN', ['回流炉温区异常', 'Reflow zone fault'], EQUIPMENT, 2),
    entry('F-AOI', ['AOI 连续不良停线', 'AOI stopped the line'], QUALITY, 3),
    entry('F-RAIL', ['轨道卡板', 'Board stuck on rail'], EQUIPMENT, 2),
    entry('F-N2', ['氮气压力低', 'Nitrogen pressure low'], EQUIPMENT, 1),
    entry('F-TRACE', ['条码读取失败', 'Board code unreadable'], QUALITY, 1),
  ],
  F1: [
    entry('F-SCREW', ['电动螺丝刀故障', 'Screwdriver fault'], EQUIPMENT, 4),
    entry('F-PRESSF', ['压装工装卡死', 'Press fixture jammed'], EQUIPMENT, 3),
    entry('F-GLUE', ['点胶机堵塞', 'Dispenser blocked'], PROCESS, 3),
    entry('F-MOTOR', ['电机来料不良', 'Faulty motors'], MATERIAL, 2),
    entry('F-ESD', ['静电监测报警', 'ESD monitor alarm'], QUALITY, 1),
  ],
  T1: [
    entry('F-FLOW', ['流量标准器超差', 'Flow reference out of range'], QUALITY, 3),
    entry('F-PNEU', ['测试台气路泄漏', 'Test bench air leak'], EQUIPMENT, 3),
    entry('F-CONTACT', ['探针接触不良', 'Probe contact fault'], EQUIPMENT, 4),
    entry('F-TESTPC', ['测试程序停止响应', 'Test program hung'], PROCESS, 2),
  ],
  ST: [
    entry('F-EOVALVE', ['环氧乙烷阀故障', 'EO valve fault'], EQUIPMENT, 3),
    entry('F-VACLEAK', ['真空泄漏率超差', 'Vacuum leak rate high'], EQUIPMENT, 3),
    entry('F-HUMID', ['加湿失败', 'Humidification failed'], PROCESS, 2),
    entry('F-SCRUB', ['尾气处理报警', 'Scrubber alarm'], EQUIPMENT, 1),
  ],
}

/** Waits that are long enough to count; only the nervous plant has them. */
export const WAITS: readonly (Entry & { category: 'starved' | 'blocked' | 'operator' })[] = [
  { ...entry('W-MATERIAL', ['等待来料', 'Waiting for material'], MATERIAL), category: 'starved' },
  { ...entry('W-BLOCK', ['下游堵塞', 'Blocked downstream'], PRODUCTION), category: 'blocked' },
  { ...entry('W-OPERATOR', ['等待人员', 'Waiting for operator'], PRODUCTION), category: 'operator' },
]

export const MICRO_STOPS: Readonly<Record<Kind, readonly Entry[]>> = {
  mould: [
    entry('M-PART', ['制品未落', 'Part not released'], PRODUCTION, 4),
    entry('M-SPRUE', ['流道夹取失败', 'Sprue not picked'], EQUIPMENT, 3),
    entry('M-BOX', ['换箱', 'Box change'], PRODUCTION, 3),
    entry('M-DOOR', ['安全门打开', 'Safety door opened'], PRODUCTION, 2),
  ],
  A1: [
    entry('M-SENSOR', ['传感器误触发', 'Sensor false trip'], EQUIPMENT, 3),
    entry('M-JAM', ['零件卡滞', 'Part jam'], PRODUCTION, 4),
    entry('M-TRAY', ['托盘未到位', 'Tray not in place'], PRODUCTION, 3),
  ],
  P1: [
    entry('M-ROLL', ['换卷', 'Roll change'], MATERIAL, 4),
    entry('M-LABELGAP', ['标签间隙错误', 'Label gap error'], EQUIPMENT, 3),
    entry('M-REJECT', ['剔除箱满', 'Reject bin full'], PRODUCTION, 2),
  ],
  S1: [
    entry('M-SPLICE', ['料带接料', 'Tape splice'], MATERIAL, 4),
    entry('M-WIPE', ['钢网清洁', 'Stencil wipe'], PROCESS, 3),
    entry('M-PICKUP', ['抛料复位', 'Pick-up retry'], EQUIPMENT, 3),
  ],
  F1: [
    entry('M-KIT', ['取料', 'Kit fetched'], MATERIAL, 4),
    entry('M-SCAN', ['序列号扫描失败', 'Serial not scanned'], PRODUCTION, 3),
    entry('M-DROP', ['螺丝掉落', 'Screw dropped'], PRODUCTION, 2),
  ],
  T1: [
    entry('M-RETEST', ['重测', 'Retest'], QUALITY, 4),
    entry('M-PRIME', ['管路排气', 'Line primed again'], PROCESS, 3),
  ],
  ST: [entry('M-DOORSEAL', ['门封复位', 'Door seal reset'], PRODUCTION, 1)],
}

export const CHANGEOVERS: Readonly<Record<Kind, Entry>> = {
  mould: entry('C-MOULD', ['换模', 'Mould change'], PRODUCTION),
  A1: entry('C-VARIANT', ['换型号', 'Variant change'], PRODUCTION),
  P1: entry('C-FORMAT', ['换规格与批号', 'Format and lot change'], PRODUCTION),
  S1: entry('C-FEEDERS', ['换线上料', 'Feeder set-up'], PRODUCTION),
  F1: entry('C-KIT', ['换批备料', 'Kit change'], PRODUCTION),
  T1: entry('C-BENCH', ['测试台切换', 'Bench change'], PRODUCTION),
  ST: entry('C-LOAD', ['装卸载', 'Unload and load'], PRODUCTION),
}

/** What the other stations of the line show while one of them is down. */
export const waitFor = (station: string): string => `WAIT-${station}`
export const WAIT_LINE = 'WAIT-LINE'

const define = (category: ReasonDefinition['category']) => (each: Entry) => ({
  code: each.code,
  name: each.name,
  owner: each.owner,
  category,
})

export function reasonDefinitions(stations: readonly string[]): ReasonDefinition[] {
  return [
    ...Object.values(FAILURES).flat().map(define('failure')),
    ...WAITS.map((each) => define(each.category)(each)),
    ...Object.values(MICRO_STOPS).flat().map(define('micro-stop')),
    ...Object.values(CHANGEOVERS).map(define('changeover')),
    ...stations.map((station) =>
      define('blocked')(entry(waitFor(station), [`等待 ${station}`, `Waiting for ${station}`], PRODUCTION)),
    ),
    define('blocked')(entry(WAIT_LINE, ['整线停', 'Line stopped'], PRODUCTION)),
  ]
}
