import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { classOf } from '@gemba/contracts/network-address'
import { Fault } from './fault.ts'
import { OutgoingGuard } from './outgoing.ts'

const SCHEMES = ['http', 'https', 'ldap', 'ldaps']
/** Names as a system would answer for them; like it, it reads odd spellings of addresses. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'login.example.com': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  'inside.example.com': ['10.4.0.7'],
  'half.example.com': ['93.184.215.14', '127.0.0.1'],
  'half6.example.com': ['93.184.215.14', '::1'],
  'metadata.google.internal': ['169.254.169.254'],
  '127.0.0.1.nip.io': ['127.0.0.1'],
  localhost: ['127.0.0.1', '::1'],
  'localhost.localdomain': ['127.0.0.1'],
  'login.plant.example': ['192.168.7.20'],
  '0177.0.0.1': ['127.0.0.1'],
  '2130706433': ['127.0.0.1'],
  '0x7f.1': ['127.0.0.1'],
  '127.1': ['127.0.0.1'],
  empty: [],
}
const resolver = async (host: string) => {
  const found = NAMES[host]
  if (!found) throw new Error('ENOTFOUND')
  return found.map((address) => ({ address }))
}
const whyOf = async (guard: OutgoingGuard, target: string): Promise<string | null> => {
  try {
    const url = guard.check(target, SCHEMES)
    await guard.resolve(url.hostname.replace(/^\[|\]$/g, ''))
    return null
  } catch (error) {
    if (error instanceof Fault) return String(error.facts['why'])
    throw error
  }
}

/** Ways to name what must not be reached. */
const TRICKY: readonly [string, string][] = [
  ['http://127.0.0.1/', 'loopback'],
  ['http://127.0.0.1:8080/', 'loopback'],
  ['http://127.255.255.254/', 'loopback'],
  ['http://127.1/', 'loopback'],
  ['http://127.0.1/', 'loopback'],
  ['http://0177.0.0.1/', 'loopback'],
  ['http://0177.0.0.01/', 'loopback'],
  ['http://0x7f.0.0.1/', 'loopback'],
  ['http://0x7f000001/', 'loopback'],
  ['http://0x7F.1/', 'loopback'],
  ['http://2130706433/', 'loopback'],
  ['http://017700000001/', 'loopback'],
  ['http://127.0.0.1./', 'loopback'],
  ['http://１２７.０.０.１/', 'loopback'],
  ['http://①②⑦.⓪.⓪.①/', 'loopback'],
  ['http://127。0。0。1/', 'loopback'],
  ['http://%31%32%37.0.0.1/', 'loopback'],
  ['http:\\\\127.0.0.1\\', 'loopback'],
  ['http:127.0.0.1', 'loopback'],
  [' http://127.0.0.1/ ', 'loopback'],
  ['ht\ntp://127.0.0.1/', 'loopback'],
  ['http://localhost/', 'loopback'],
  ['http://LOCALHOST/', 'loopback'],
  ['http://localhost./', 'loopback'],
  ['http://localhost.localdomain/', 'loopback'],
  ['http://127.0.0.1.nip.io/', 'loopback'],
  ['http://half.example.com/', 'loopback'],
  ['http://half6.example.com/', 'loopback'],
  ['http://[::1]/', 'loopback'],
  ['http://[0:0:0:0:0:0:0:1]/', 'loopback'],
  ['http://[::ffff:127.0.0.1]/', 'loopback'],
  ['http://[::ffff:7f00:1]/', 'loopback'],
  ['http://[0:0:0:0:0:ffff:127.0.0.1]/', 'loopback'],
  ['http://[::127.0.0.1]/', 'loopback'],
  ['ldap://127.0.0.1/', 'loopback'],
  ['ldap://0177.0.0.1/', 'loopback'],
  ['ldap://2130706433/', 'loopback'],
  ['ldap://0x7f.1/', 'loopback'],
  ['ldap://[::ffff:127.0.0.1]/', 'loopback'],
  ['http://0.0.0.0/', 'special'],
  ['http://0/', 'special'],
  ['http://[::]/', 'special'],
  ['http://10.0.0.1/', 'private'],
  ['http://012.0.0.1/', 'private'],
  ['http://0xa000001/', 'private'],
  ['http://172.16.0.1/', 'private'],
  ['http://172.31.255.255/', 'private'],
  ['http://192.168.1.1/', 'private'],
  ['http://3232235777/', 'private'],
  ['http://100.64.0.1/', 'private'],
  ['http://[::ffff:10.0.0.1]/', 'private'],
  ['http://[fd12:3456::1]/', 'private'],
  ['http://[fc00::1]/', 'private'],
  ['http://inside.example.com/', 'private'],
  ['http://INSIDE.example.com./', 'private'],
  ['http://169.254.1.1/', 'link-local'],
  ['http://[fe80::1]/', 'link-local'],
  ['http://[febf::1]/', 'link-local'],
  ['http://[fec0::1]/', 'link-local'],
  ['http://169.254.169.254/latest/meta-data/', 'metadata'],
  ['http://2852039166/', 'metadata'],
  ['http://0xa9fea9fe/', 'metadata'],
  ['http://0251.0376.0251.0376/', 'metadata'],
  ['http://[::ffff:a9fe:a9fe]/', 'metadata'],
  ['http://[fd00:ec2::254]/', 'metadata'],
  ['http://100.100.100.200/', 'metadata'],
  ['http://168.63.129.16/', 'metadata'],
  ['http://metadata.google.internal/', 'metadata'],
  ['http://[64:ff9b::7f00:1]/', 'special'],
  ['http://[64:ff9b:1::7f00:1]/', 'special'],
  ['http://[2002:7f00:1::]/', 'special'],
  ['http://[2001:0:7f00:1::]/', 'special'],
  ['http://[2001:db8::1]/', 'special'],
  ['http://[ff02::1]/', 'special'],
  ['http://[100::1]/', 'special'],
  ['http://224.0.0.1/', 'special'],
  ['http://255.255.255.255/', 'special'],
  ['http://198.18.0.1/', 'special'],
  ['http://192.0.2.1/', 'special'],
  ['http://user@login.example.com/', 'user-info'],
  ['http://user:word@login.example.com/', 'user-info'],
  ['http://login.example.com@127.0.0.1/', 'user-info'],
  ['http://login.example.com:80@127.0.0.1:80/', 'user-info'],
  ['https://:word@login.example.com/', 'user-info'],
  ['file:///etc/passwd', 'scheme'],
  ['gopher://login.example.com/', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['data:text/plain,x', 'scheme'],
  ['ftp://login.example.com/', 'scheme'],
  ['unix:/run/docker.sock', 'scheme'],
  ['//login.example.com/', 'not-a-url'],
  ['http://', 'not-a-url'],
  ['http://999.1.1.1/', 'not-a-url'],
  ['http://[::1%25eth0]/', 'not-a-url'],
  ['', 'not-a-url'],
  ['ldap://', 'host'],
  ['ldap://a b/', 'not-a-url'],
  ['ldap://%6c%6fcalhost/', 'host'],
  ['http://login..example.com/', 'host'],
  ['http://.login.example.com/', 'host'],
  ['http://nowhere.example.com/', 'unknown-host'],
  ['http://empty/', 'unknown-host'],
]

describe('an address that a user typed', () => {
  const guard = new OutgoingGuard([], resolver)

  it.each(TRICKY)('%j is refused: %s', async (target, why) => {
    expect(await whyOf(guard, target)).toBe(why)
  })

  it('of a public host passes, with a port and a dot at its end too', async () => {
    for (const target of [
      'https://login.example.com/',
      'https://login.example.com.:8443/x',
      'ldaps://login.example.com',
      'https://1.1.1.1/',
      'https://[2606:4700:4700::1111]/',
    ])
      expect(await whyOf(guard, target)).toBeNull()
  })

  it('over plain HTTP is refused unless the caller says that it may', () => {
    expect(() => guard.check('http://login.example.com/')).toThrow('TARGET_REFUSED')
  })
})

describe('what the installation allows', () => {
  it('opens a network or a name of the company, and nothing beside it', async () => {
    const guard = new OutgoingGuard(['192.168.7.0/24', 'inside.example.com', 'fd12::/16'], resolver)
    expect(await whyOf(guard, 'https://login.plant.example/')).toBeNull()
    expect(await whyOf(guard, 'https://192.168.7.99/')).toBeNull()
    expect(await whyOf(guard, 'https://inside.example.com/')).toBeNull()
    expect(await whyOf(guard, 'https://[fd12:3456::1]/')).toBeNull()
    expect(await whyOf(guard, 'https://10.4.0.7/')).toBe('private')
    expect(await whyOf(guard, 'https://192.168.8.1/')).toBe('private')
  })

  it('never opens the services that give away keys of a cloud', async () => {
    const guard = new OutgoingGuard(['0.0.0.0/0', '::/0', 'metadata.google.internal'], resolver)
    for (const target of ['http://169.254.169.254/', 'http://[fd00:ec2::254]/', 'http://metadata.google.internal/'])
      expect(await whyOf(guard, target)).toBe('metadata')
  })

  it('holds for the host that was written down, not for those it names', async () => {
    const guard = new OutgoingGuard([], resolver).trusting('https://inside.example.com/issuer')
    expect(await whyOf(guard, 'https://inside.example.com/token')).toBeNull()
    expect(await whyOf(guard, 'https://localhost/token')).toBe('loopback')
  })
})

describe('a name that changes its mind', () => {
  it('is resolved once for a connection: what was judged is what is called', async () => {
    let asked = 0
    const rebinding = async () => [{ address: (asked += 1) === 1 ? '127.0.0.2' : '169.254.169.254' }]
    const listening = await serve((_path, answer) => answer.end('judged'))
    const guard = new OutgoingGuard(['127.0.0.0/8'], rebinding)
    const target = `http://rebind.example.com:${listening}/`
    expect(await (await guard.fetch(target, { schemes: ['http'] })).text()).toBe('judged')
    expect(asked).toBe(1)
    await expect(guard.fetch(target, { schemes: ['http'] })).rejects.toMatchObject({ facts: { why: 'metadata' } })
  })
})

describe('a redirect', () => {
  const guard = new OutgoingGuard(['a.example.com'], async (host) => [
    { address: host === 'a.example.com' ? '127.0.0.1' : '127.0.0.9' },
  ])
  const follow = (port: number) =>
    guard.fetch(`http://a.example.com:${port}/go`, { schemes: ['http'], redirect: 'follow' })

  it('is judged like the first address', async () => {
    const port = await serve((_path, answer) =>
      answer.writeHead(302, { location: 'http://b.example.com/secret' }).end(),
    )
    await expect(follow(port)).rejects.toMatchObject({ facts: { why: 'loopback' } })
  })

  it('is not followed unless asked for, and not for ever', async () => {
    const port = await serve((_path, answer) => answer.writeHead(302, { location: '/go' }).end())
    const plain = await guard.fetch(`http://a.example.com:${port}/go`, { schemes: ['http'] })
    expect(plain.status).toBe(302)
    await expect(follow(port)).rejects.toMatchObject({ facts: { why: 'redirects' } })
  })

  it('to a place that is allowed arrives', async () => {
    const port = await serve((path, answer) =>
      path === '/go' ? answer.writeHead(302, { location: '/there' }).end() : answer.end('arrived'),
    )
    expect(await (await follow(port)).text()).toBe('arrived')
  })
})

describe('an address in words of a network', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['172.32.0.1', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['fe80::1%eth0', 'link-local'],
    ['not an address', 'special'],
  ])('%s is %s', (address, found) => expect(classOf(address)).toBe(found))
})

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})
async function serve(
  answer: (path: string, response: Parameters<NonNullable<Parameters<typeof createServer>[1]>>[1]) => unknown,
): Promise<number> {
  const server = createServer((request, response) => void answer(request.url ?? '', response))
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return (server.address() as AddressInfo).port
}
