/** The catalog document of the reference factory: everything a platform has to be told about it. */
import type { Bilingual, CatalogDocument, EquipmentDefinition } from '@gemba/contracts/catalog'
import type { SourceDefinition } from '@gemba/contracts/source'
import {
  MODE_NUMBERS,
  NAMESPACE_URI,
  NODE_OF_ROLE,
  OPCUA_USER,
  STATE_NUMBERS,
  nodeId,
  processNode,
  wordsOf,
} from './opcua-names.ts'
import { alarmDefinitions } from './alarms.ts'
import { type SetName, UNITS, type UnitPlace, parametersOf, unitsOf } from './parameters.ts'
import { type DrivingRole, pointDefinitions, processValues, stationsOf } from './points.ts'
import { type SpecialDays, sites } from './sites.ts'
import { reasonDefinitions } from './stop-reasons.ts'
import { PLANT_MATERIALS } from './supply-materials.ts'

export interface Connections {
  readonly opcuaPort: number
  readonly mqttPort: number
  readonly databasePort: number
  readonly opcuaPassword: string
  readonly mqttPassword: string
  readonly readerPassword: string
}

const name = (zh: string, en: string): Bilingual => ({ zh, en })

const PLACES: readonly [string, EquipmentDefinition['level'], string, string][] = [
  ['SUZ', 'site', '苏州工厂', 'Suzhou plant'],
  ['SUZ/MOLD', 'area', '注塑', 'Moulding'],
  ['SUZ/MOLD/IM', 'line', '注塑线', 'Moulding line'],
  ['SUZ/ASM', 'area', '装配', 'Assembly'],
  ['SUZ/PACK', 'area', '包装', 'Packing'],
  ['SUZ/STER', 'area', '灭菌', 'Sterilisation'],
  ['BRQ', 'site', '布尔诺工厂', 'Brno plant'],
  ['BRQ/SMT', 'area', '贴片', 'SMT'],
  ['BRQ/FA', 'area', '总装', 'Final assembly'],
  ['BRQ/FA/F1', 'line', '输注泵装配', 'Pump assembly'],
]

const UNIT_NAMES: Readonly<Record<string, Bilingual>> = {
  IM01: name('IM01 注塑', 'IM01 moulding'),
  IM02: name('IM02 注塑', 'IM02 moulding'),
  IM03: name('IM03 注塑', 'IM03 moulding'),
  IM04: name('IM04 注塑', 'IM04 moulding'),
  A1: name('A1 装配线', 'A1 assembly line'),
  P1: name('P1 包装线', 'P1 packing line'),
  S1: name('S1 贴片线', 'S1 SMT line'),
  'F1-1': name('F1 装配单元 1', 'F1 cell 1'),
  'F1-2': name('F1 装配单元 2', 'F1 cell 2'),
  'F1-3': name('F1 装配单元 3', 'F1 cell 3'),
  T1: name('T1 功能测试', 'T1 functional test'),
  ST01: name('ST01 灭菌柜', 'ST01 steriliser'),
}
const STATION_NAMES: Readonly<Record<string, Bilingual>> = {
  OP10: name('上料', 'Feed'),
  OP20: name('弹簧', 'Spring'),
  OP30: name('焊接', 'Weld'),
  OP40: name('漏测', 'Leak test'),
  OP50: name('视觉', 'Vision'),
}

const TARGETS = { oee: 0.85, availability: 0.9, performance: 0.95, quality: 0.99 }

function unitEquipment(unit: UnitPlace, index: number): EquipmentDefinition[] {
  const { idealCycleSeconds, cavities } = parametersOf(unit.code, 'reference')
  const own: EquipmentDefinition = {
    path: unit.path,
    level: 'work-unit',
    name: UNIT_NAMES[unit.code] ?? name(unit.code, unit.code),
    idealCycleSeconds: idealCycleSeconds / cavities,
    targets: TARGETS,
    source: unit.source,
    sortOrder: index,
  }
  const stations = stationsOf(unit).map((code, order): EquipmentDefinition => ({
    path: `${unit.path}/${code}`,
    level: 'station',
    name: STATION_NAMES[code] ?? name(code, code),
    source: unit.source,
    sortOrder: order,
  }))
  return [own, ...stations]
}

function equipment(): EquipmentDefinition[] {
  const places = PLACES.map(([path, level, zh, en], index): EquipmentDefinition => ({
    path,
    level,
    name: name(zh, en),
    sortOrder: index,
  }))
  return [...places, ...UNITS.flatMap(unitEquipment)]
}

const device = { periodMs: 2_000, limitMs: 30_000 }

function opcuaSource(connections: Connections): SourceDefinition {
  const items = unitsOf('opcua-mold').flatMap((unit) => [
    ...Object.entries(NODE_OF_ROLE).map(([role, node]) => ({
      point: `${unit.path}:${role}`,
      namespaceUri: NAMESPACE_URI,
      nodeId: nodeId(unit.code, node),
      ...(role === 'state'
        ? { words: wordsOf(STATE_NUMBERS) }
        : role === 'mode'
          ? { words: wordsOf(MODE_NUMBERS) }
          : {}),
    })),
    ...processValues(unit).map((process) => ({
      point: `${unit.path}:process/${process.code}`,
      namespaceUri: NAMESPACE_URI,
      nodeId: nodeId(unit.code, processNode(process.code)),
    })),
  ])
  return {
    id: 'opcua-mold',
    name: name('注塑 OPC UA', 'Moulding OPC UA'),
    family: 'device',
    site: 'SUZ',
    ...device,
    guarantee: 'no-loss-within-queue',
    settings: {
      kind: 'opcua',
      endpointUrl: `opc.tcp://127.0.0.1:${connections.opcuaPort}/shengheng/mold`,
      security: 'SignAndEncrypt',
      user: OPCUA_USER,
      password: connections.opcuaPassword,
      publishingIntervalMs: 250,
      samplingIntervalMs: 0,
      queueSize: 2000,
      items,
    },
  }
}

/** Topic classes of the unified namespace and the roles they carry. */
export const TOPIC_OF_ROLE: Readonly<Partial<Record<DrivingRole, string>>> = {
  state: 'state/current',
  mode: 'state/mode',
  reason: 'state/reason',
  order: 'job/order',
  material: 'job/material',
  total: 'count/total',
  good: 'count/good',
  scrap: 'count/scrap',
  rework: 'count/rework',
  energy: 'energy/active',
  alarm: 'alarm/last',
}
export const topicPrefix = (equipment: string): string => {
  const parts = equipment.split('/')
  return `v1/shengheng/${[...parts, ...(parts.length === 3 ? ['LINE'] : [])].join('/')}`
}

const placesOf = (unit: UnitPlace): { place: string; isStation: boolean }[] => [
  { place: unit.path, isStation: false },
  ...stationsOf(unit).map((station) => ({ place: `${unit.path}/${station}`, isStation: true })),
]

/** The agent of the second site. */
const EDGE_AGENT = 'edge-brq'

function mqttSource(
  units: readonly UnitPlace[],
  connections: Connections,
  [id, zh, en]: readonly [string, string, string],
): SourceDefinition {
  const driving = units.flatMap(placesOf).flatMap(({ place, isStation }) =>
    Object.entries(TOPIC_OF_ROLE)
      .filter(([role]) => !isStation || ['state', 'mode', 'reason'].includes(role))
      .map(([role, topic]) => ({
        topic: `${topicPrefix(place)}/${topic}`,
        point: `${place}:${role}`,
        valuePath: 'v',
        timePath: 'ts',
        sequencePath: 'seq',
      })),
  )
  const process = units.flatMap((unit) =>
    processValues(unit).map(({ code }) => ({
      topic: `${topicPrefix(unit.path)}/process/${code}`,
      point: `${unit.path}:process/${code}`,
      valuePath: 'v',
      timePath: 'ts',
    })),
  )
  const site = units[0]?.site ?? 'SUZ'
  return {
    id,
    ...(site === 'BRQ' ? { collector: EDGE_AGENT } : {}),
    name: name(zh, en),
    family: 'device',
    site,
    ...device,
    guarantee: 'no-loss-within-queue',
    settings: {
      kind: 'mqtt',
      url: `mqtt://127.0.0.1:${connections.mqttPort}`,
      user: 'gemba',
      password: connections.mqttPassword,
      protocolVersion: 4,
      clientId: `gemba-${id}`,
      rules: [...driving, ...process],
    },
  }
}

/** One edge node; its devices bear the codes of their units. */
export const SPARKPLUG = { group: 'BRQ', edge: 'SMT-EDGE' } as const
export const METRIC_OF_ROLE: Readonly<Partial<Record<DrivingRole, string>>> = {
  state: 'State',
  mode: 'Mode',
  reason: 'StopReason',
  order: 'Job/Order',
  material: 'Job/Material',
  total: 'Counters/Total',
  good: 'Counters/Good',
  scrap: 'Counters/Scrap',
  rework: 'Counters/Rework',
  energy: 'Energy/Active',
  alarm: 'Alarm/Last',
}

function sparkplugSource(connections: Connections): SourceDefinition {
  const metrics = unitsOf('sparkplug-smt').flatMap((unit) => [
    ...Object.entries(METRIC_OF_ROLE).map(([role, metric]) => ({
      device: unit.code,
      metric,
      point: `${unit.path}:${role}`,
    })),
    ...processValues(unit).map(({ code }) => ({
      device: unit.code,
      metric: `Process/${code}`,
      point: `${unit.path}:process/${code}`,
    })),
  ])
  return {
    id: 'sparkplug-smt',
    collector: EDGE_AGENT,
    name: name('布尔诺 Sparkplug', 'Brno Sparkplug'),
    family: 'device',
    site: 'BRQ',
    ...device,
    guarantee: 'loss-while-disconnected',
    settings: {
      kind: 'sparkplug',
      url: `mqtt://127.0.0.1:${connections.mqttPort}`,
      user: 'gemba',
      password: connections.mqttPassword,
      protocolVersion: 4,
      clientId: 'gemba-sparkplug-smt',
      group: SPARKPLUG.group,
      edge: SPARKPLUG.edge,
      metrics,
    },
  }
}

function sqlSource(
  connections: Connections,
  place: { id: string; family: 'erp' | 'mes'; site: string; names: Bilingual },
): SourceDefinition {
  const isErp = place.family === 'erp'
  return {
    id: place.id,
    name: place.names,
    family: place.family,
    site: place.site,
    periodMs: isErp ? 900_000 : 300_000,
    limitMs: isErp ? 3_600_000 : 1_800_000,
    guarantee: 'no-loss',
    settings: {
      kind: 'sql',
      dialect: 'postgresql',
      host: '127.0.0.1',
      port: connections.databasePort,
      database: isErp ? 'erp' : 'mes',
      user: 'gemba_reader',
      password: connections.readerPassword,
      timeZone: 'Asia/Shanghai',
      mapping: isErp ? 'sap' : 'mes',
      everyMs: isErp ? 10_000 : 3_000,
      overlapMs: 30_000,
      pageRows: 5_000,
      statementTimeoutMs: 30_000,
    },
  }
}

/** `specials`: see `sites`. */
export function catalogOf(set: SetName, connections: Connections, specials?: SpecialDays): CatalogDocument {
  const stations = UNITS.flatMap(stationsOf)
  return {
    formatVersion: 1,
    enterprise: name('晟衡医疗（示范）', 'Shengheng Medical (demo)'),
    sites: sites(set, specials),
    equipment: equipment(),
    materials: PLANT_MATERIALS.map(({ id, zh, en, unit }) => ({ id, name: name(zh, en), unit })),
    rates: UNITS.flatMap((each) =>
      each.materials.map((material) => ({
        equipment: each.path,
        material,
        idealCycleSeconds:
          parametersOf(each.code, 'reference').idealCycleSeconds / parametersOf(each.code, 'reference').cavities,
      })),
    ),
    reasons: reasonDefinitions(stations),
    alarms: alarmDefinitions(),
    points: pointDefinitions(),
    codeMappings: UNITS.map((each) =>
      ['erp-suz', 'mes-suz'].map((source) => ({
        domain: 'work-center' as const,
        source,
        code: each.workCenter,
        target: each.path,
      })),
    ).flat(),
    sources: [
      sqlSource(connections, { id: 'erp-suz', family: 'erp', site: 'SUZ', names: name('ERP', 'ERP') }),
      sqlSource(connections, { id: 'mes-suz', family: 'mes', site: 'SUZ', names: name('MES', 'MES') }),
      opcuaSource(connections),
      mqttSource(unitsOf('mqtt-asm'), connections, ['mqtt-asm', '装配 MQTT', 'Assembly MQTT']),
      mqttSource(unitsOf('mqtt-pack'), connections, ['mqtt-pack', '包装 MQTT', 'Packing MQTT']),
      mqttSource(unitsOf('mqtt-ster'), connections, ['mqtt-ster', '灭菌 MQTT', 'Sterilisation MQTT']),
      mqttSource(unitsOf('mqtt-fa'), connections, ['mqtt-fa', '总装 MQTT', 'Final assembly MQTT']),
      sparkplugSource(connections),
      {
        id: 'plant-history',
        name: name('历史导入', 'History import'),
        family: 'device',
        site: 'SUZ',
        ...device,
        guarantee: 'no-loss',
        settings: { kind: 'push' },
      },
    ],
  }
}
