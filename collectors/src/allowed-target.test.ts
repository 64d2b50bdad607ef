import { PLANT_NETWORKS } from '@gemba/contracts/network-address'
import { type SourceSettings, sourceSettings } from '@gemba/contracts/source'
import { describe, expect, it } from 'vitest'
import { hostOf, requireTarget } from './allowed-target.ts'

const database = (host: string): SourceSettings =>
  sourceSettings.parse({
    ...{ kind: 'sql', dialect: 'postgresql', host, port: 5432, database: 'mes', user: 'reader', password: 'x' },
    ...{ timeZone: 'Asia/Shanghai', mapping: 'mes' },
  })
const machine = (endpointUrl: string): SourceSettings =>
  sourceSettings.parse({ kind: 'opcua', endpointUrl, security: 'None', items: [] })
const broker = (url: string): SourceSettings =>
  sourceSettings.parse({ kind: 'mqtt', url, clientId: 'gemba', rules: [] })

const outcome = (settings: SourceSettings, networks: readonly string[], addresses: string[] = []): Promise<string> =>
  requireTarget(settings, networks, () => Promise.resolve(addresses.map((address) => ({ address })))).then(
    () => 'called',
    (error: Error) => error.message,
  )

describe('the host of a source', () => {
  it.each([
    [database('Mes.Plant.'), 'mes.plant'],
    [machine('opc.tcp://press-1:4840/ua'), 'press-1'],
    [machine('opc.tcp://[FD00::7]:4840'), 'fd00::7'],
    [broker('mqtts://user@broker.plant:8883'), 'broker.plant'],
    [broker('mqtt://10.2.0.7'), '10.2.0.7'],
  ])('is read from settings of every kind', (settings, host) => {
    expect(hostOf(settings)).toBe(host)
  })
})

describe('a collector', () => {
  it('calls machines in the networks of the plant and hosts of the world', async () => {
    for (const host of ['10.2.0.7', '192.168.7.7', '172.16.0.1', '127.0.0.1', '::1', 'fd12::1', '93.184.216.34'])
      expect([host, await outcome(database(host), PLANT_NETWORKS)]).toEqual([host, 'called'])
    expect(await outcome(machine('opc.tcp://press-1:4840'), PLANT_NETWORKS, ['10.2.0.7'])).toBe('called')
  })

  it('never calls key services of clouds, link-local addresses or what is no host, whatever is listed', async () => {
    const all = ['0.0.0.0/0', '::/0']
    for (const host of [
      '169.254.169.254',
      '100.100.100.200',
      'fd00:ec2::254',
      '::ffff:169.254.169.254',
      '169.254.7.7',
      'fe80::1',
      '0.0.0.0',
      '224.0.0.1',
      '2002:a00::1',
    ])
      expect([host, await outcome(database(host), all)]).toEqual([host, expect.stringContaining('is not called')])
  })

  it('keeps out of networks that the installation does not list', async () => {
    const narrow = ['10.2.0.0/16']
    expect(await outcome(database('10.2.7.7'), narrow)).toBe('called')
    expect(await outcome(database('10.3.0.1'), narrow)).toContain('GEMBA_COLLECTOR_NETWORKS')
    expect(await outcome(database('127.0.0.1'), narrow)).toContain('GEMBA_COLLECTOR_NETWORKS')
  })

  it('calls no name of which one address is out of bounds', async () => {
    expect(await outcome(broker('mqtt://broker'), PLANT_NETWORKS, ['10.2.0.7', '169.254.169.254'])).toContain(
      'broker (169.254.169.254)',
    )
  })

  it('leaves a name that nobody knows to the connection', async () => {
    expect(
      await requireTarget(broker('mqtt://nobody'), PLANT_NETWORKS, () => Promise.reject(new Error('ENOTFOUND'))),
    ).toBe(undefined)
  })
})
