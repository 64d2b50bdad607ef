/** Names of the OPC UA address space of the moulding area, shared by the server and the catalog. */
import type { DrivingRole } from './points.ts'

export const NAMESPACE_URI = 'urn:shengheng:mold'
export const OPCUA_USER = 'gemba'

/** String identifiers of the nodes that drive equipment time and counts. */
export const NODE_OF_ROLE: Readonly<Partial<Record<DrivingRole, string>>> = {
  state: 'MachineryBuildingBlocks.MachineryItemState',
  mode: 'MachineryBuildingBlocks.MachineryOperationMode',
  reason: 'StopReason',
  order: 'JobManagement.JobOrder',
  material: 'JobManagement.Material',
  total: 'Counters.Total',
  good: 'Counters.Good',
  scrap: 'Counters.Scrap',
  rework: 'Counters.Rework',
  energy: 'Energy.ActiveEnergy',
  // The newest alarm event as JSON in a String variable: no ConditionType event of OPC UA part 9.
  alarm: 'Alarms.LastEvent',
}

/** Enumerations of OPC 40001-1. */
export const STATE_NUMBERS: Readonly<Record<string, number>> = {
  'not-available': 0,
  'out-of-service': 1,
  'not-executing': 2,
  executing: 3,
}
export const MODE_NUMBERS: Readonly<Record<string, number>> = { none: 0, maintenance: 1, setup: 2, processing: 3 }

export const wordsOf = (numbers: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(numbers).map(([word, number]) => [String(number), word]))

export const nodeId = (unit: string, name: string): string => `${unit}.${name}`
export const processNode = (code: string): string => `Process.${code}`
