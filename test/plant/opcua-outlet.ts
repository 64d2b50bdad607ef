/** The OPC UA server of the moulding area: encrypted, with user and password, nodes after OPC 40001-1. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  DataType,
  type Namespace,
  OPCUACertificateManager,
  OPCUAServer,
  MessageSecurityMode,
  SecurityPolicy,
  type NodeId,
  StatusCodes,
  type Subscription,
  type UAObject,
  type UAVariable,
  VariableIds,
} from 'node-opcua'
import {
  MODE_NUMBERS,
  NAMESPACE_URI,
  NODE_OF_ROLE,
  OPCUA_USER,
  STATE_NUMBERS,
  nodeId,
  processNode,
} from './opcua-names.ts'
import { type UnitPlace, unitsOf } from './parameters.ts'
import type { Outlet, ProcessSample } from './outlet.ts'
import { type DrivingRole, processValues } from './points.ts'
import type { DeviceReading } from './readings.ts'

const COUNTERS = new Set<DrivingRole>(['total', 'good', 'scrap', 'rework'])

function typeOf(role: DrivingRole): DataType {
  if (role === 'state' || role === 'mode') return DataType.Int32
  if (role === 'energy') return DataType.Double
  return COUNTERS.has(role) ? DataType.UInt32 : DataType.String
}

interface Options {
  readonly port: number
  readonly password: string
  readonly dataDir: string
}

export class OpcuaOutlet implements Outlet {
  readonly name = 'opcua'
  readonly units = new Set(unitsOf('opcua-mold').map((unit) => unit.path))
  private readonly options: Options
  private server: OPCUAServer | null = null
  private readonly variables = new Map<string, UAVariable>()
  private readonly listening = new Set<Subscription>()
  private readonly last = new Map<string, { at: number; value: string | number }>()

  constructor(options: Options) {
    this.options = options
  }

  async start(): Promise<void> {
    const rootFolder = join(this.options.dataDir, 'opcua-pki')
    mkdirSync(rootFolder, { recursive: true })
    const serverCertificateManager = new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: true,
    })
    await serverCertificateManager.initialize()
    const server = new OPCUAServer({
      port: this.options.port,
      host: '127.0.0.1',
      resourcePath: '/shengheng/mold',
      serverCertificateManager,
      userCertificateManager: serverCertificateManager,
      buildInfo: { productName: 'Moulding area', manufacturerName: 'Shengheng Medical (demo)' },
      securityModes: [MessageSecurityMode.SignAndEncrypt],
      securityPolicies: [SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes256_Sha256_RsaPss],
      allowAnonymous: false,
      userManager: {
        isValidUser: (user: string, password: string) => user === OPCUA_USER && password === this.options.password,
      },
      // A rate of 0 lets every change out; else changes within 50 ms of each other are folded into one.
      serverCapabilities: { maxSessions: 20, minSupportedSampleRate: 0 },
    })
    await server.initialize()
    this.build(server)
    this.watchListeners(server)
    await server.start()
    this.server = server
  }

  async stop(): Promise<void> {
    const server = this.server
    this.server = null
    this.variables.clear()
    this.listening.clear()
    await server?.shutdown(0)
  }

  /**
   * A subscription by itself hears nothing: what changes before its items are made is lost to it. Clients watch the
   * clock of the server last, when they watch everything else.
   */
  hasListener(): boolean {
    return this.listening.size > 0
  }

  private watchListeners(server: OPCUAServer): void {
    server.on('create_session', (session) =>
      session.on('new_subscription', (subscription: Subscription) => {
        subscription.on('monitoredItem', (_item: unknown, watched: { nodeId: NodeId }) => {
          if (watched.nodeId.namespace === 0 && watched.nodeId.value === VariableIds.Server_ServerStatus_CurrentTime)
            this.listening.add(subscription)
        })
        subscription.once('terminated', () => this.listening.delete(subscription))
      }),
    )
  }

  private build(server: OPCUAServer): void {
    const addressSpace = server.engine.addressSpace
    if (!addressSpace) throw new Error('the OPC UA server has no address space')
    const namespace = addressSpace.registerNamespace(NAMESPACE_URI)
    const machines = namespace.addFolder(addressSpace.rootFolder.objects, { browseName: 'Machines' })
    for (const unit of unitsOf('opcua-mold')) this.buildMachine(namespace, machines as unknown as UAObject, unit)
  }

  private buildMachine(namespace: Namespace, machines: UAObject, unit: UnitPlace): void {
    const machine = namespace.addObject({ browseName: unit.code, nodeId: `s=${unit.code}`, organizedBy: machines })
    const group = (name: string) =>
      namespace.addObject({ browseName: name, nodeId: `s=${nodeId(unit.code, name)}`, componentOf: machine })
    const groups = new Map(
      ['Identification', 'MachineryBuildingBlocks', 'JobManagement', 'Counters', 'Energy', 'Alarms', 'Process'].map(
        (name) => [name, group(name)],
      ),
    )
    const variable = (name: string, dataType: DataType, value: string | number) => {
      const [first, rest] = name.includes('.')
        ? [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
        : ['', name]
      const node = namespace.addVariable({
        browseName: rest,
        nodeId: `s=${nodeId(unit.code, name)}`,
        componentOf: groups.get(first) ?? machine,
        dataType,
        minimumSamplingInterval: 0,
        value: { dataType, value },
      })
      this.variables.set(nodeId(unit.code, name), node)
    }
    for (const [name, text] of [
      ['Manufacturer', 'Shengheng'],
      ['Model', 'IM-250'],
      ['SerialNumber', `SH-${unit.code}`],
      ['ProductInstanceUri', `urn:shengheng:${unit.code}`],
    ] as const)
      variable(`Identification.${name}`, DataType.String, text)
    for (const [role, name] of Object.entries(NODE_OF_ROLE)) {
      const isNumber = role === 'state' || role === 'mode'
      const isCounter = COUNTERS.has(role as DrivingRole)
      variable(name, typeOf(role as DrivingRole), isNumber || isCounter || role === 'energy' ? 0 : '')
    }
    for (const process of processValues(unit)) variable(processNode(process.code), DataType.Double, process.idle)
    for (const [role, name] of Object.entries(NODE_OF_ROLE)) {
      const known = this.last.get(`${unit.path}:${role}`)
      if (known) this.set(nodeId(unit.code, name), role as DrivingRole, known)
    }
  }

  private set(id: string, role: DrivingRole, { at, value }: { at: number; value: string | number }): void {
    const node = this.variables.get(id)
    if (!node) return
    const coded =
      role === 'state' ? STATE_NUMBERS[String(value)] : role === 'mode' ? MODE_NUMBERS[String(value)] : value
    node.setValueFromSource({ dataType: typeOf(role), value: coded }, StatusCodes.Good, new Date(at))
  }

  prime(readings: readonly DeviceReading[]): void {
    this.deliver(readings)
  }

  deliver(readings: readonly DeviceReading[]): void {
    for (const { equipment, role, at, value } of readings) {
      const name = NODE_OF_ROLE[role]
      if (!name) continue
      this.last.set(`${equipment}:${role}`, { at, value })
      this.set(nodeId(equipment.split('/').at(-1) ?? '', name), role, { at, value })
    }
  }

  deliverProcess(samples: readonly ProcessSample[]): void {
    for (const { unit, code, at, value } of samples) {
      this.variables
        .get(nodeId(unit.split('/').at(-1) ?? '', processNode(code)))
        ?.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date(at))
    }
  }
}
