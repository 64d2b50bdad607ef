/**
 * Every call to a host that a user chose, or that another machine named, goes through here: scheme, spelling and
 * resolved address are judged, and the connection goes to the very address that was judged.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, type LookupFunction, isIP, isIPv4 } from 'node:net'
import { Readable } from 'node:stream'
import { type AddressClass, classOf } from '@gemba/contracts/network-address'
import { Fault } from './fault.ts'

const MOST_REDIRECTS = 3
const MOST_BYTES = 10 * 1024 * 1024
const DEFAULT_TIMEOUT_MS = 10_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Never opened, whatever the installation allows. */
const NEVER: readonly AddressClass[] = ['metadata']

/** Why a target is refused. */
export type TargetFault = 'not-a-url' | 'scheme' | 'user-info' | 'host' | 'unknown-host' | 'redirects' | AddressClass

export interface Resolved {
  readonly address: string
  readonly family: 4 | 6
}
type Resolver = (host: string) => Promise<readonly { address: string }[]>
const bySystem: Resolver = (host) => systemLookup(host, { all: true, verbatim: true })

const WHY: Partial<Record<TargetFault, { zh: string; en: string }>> = {
  'not-a-url': { zh: '这不是一个地址。', en: 'It is not an address.' },
  scheme: { zh: '不支持这种协议。', en: 'This kind of address is not supported.' },
  'user-info': { zh: '地址里不能带账号或密码。', en: 'An address must not hold a user or password.' },
  host: { zh: '主机名不正确。', en: 'The host name is not valid.' },
  'unknown-host': { zh: '找不到这个主机名。', en: 'There is no host of this name.' },
  redirects: { zh: '被转向到不能接受的地址。', en: 'It leads on to an address that is not acceptable.' },
}
const INSIDE = {
  zh: '该地址位于内部网络；如确需连接，请让服务器管理员把它加入 GEMBA_OUTGOING_ALLOW。',
  en: 'It lies in an internal network; if it is meant, whoever runs the server adds it to GEMBA_OUTGOING_ALLOW.',
}
const refuse = (why: TargetFault): never => {
  throw new Fault('TARGET_REFUSED', { why }, WHY[why] ?? INSIDE)
}

/** Entries of the allow-list: names of hosts, addresses, networks as `10.2.0.0/16`. */
export class OutgoingGuard {
  private readonly names = new Set<string>()
  private readonly networks = new BlockList()
  private readonly allow: readonly string[]
  private readonly resolver: Resolver

  constructor(allow: readonly string[] = [], resolver: Resolver = bySystem) {
    this.allow = allow
    this.resolver = resolver
    for (const entry of allow) {
      const [address = '', prefix] = entry.split('/')
      const family = isIPv4(address) ? 'ipv4' : 'ipv6'
      if (isIP(address) === 0) this.names.add(nameOf(entry))
      else if (prefix === undefined) this.networks.addAddress(address, family)
      else this.networks.addSubnet(address, Number(prefix), family)
    }
  }

  /** A guard that also lets the hosts of these addresses through: whoever wrote them down runs the server. */
  trusting(...urls: readonly string[]): OutgoingGuard {
    return new OutgoingGuard([...this.allow, ...urls.map((url) => hostOf(new URL(url)))], this.resolver)
  }

  /** The address as it will be called. Throws TARGET_REFUSED with the reason; names are not looked up here. */
  check(target: string | URL, schemes: readonly string[] = ['https']): URL {
    const text = String(target)
    const url = URL.canParse(text) ? new URL(text) : refuse('not-a-url')
    if (!schemes.includes(url.protocol.slice(0, -1))) refuse('scheme')
    if (url.username !== '' || url.password !== '') refuse('user-info')
    const host = hostOf(url)
    if (host === '' || !/^[a-z0-9._:-]+$/i.test(host) || host.includes('..') || host.startsWith('.')) refuse('host')
    if (isIP(host) !== 0) this.judge(host, host)
    return url
  }

  /** One address of the host, after all of them were judged: one bad among them spoils the name. */
  async resolve(host: string): Promise<Resolved> {
    const name = nameOf(host)
    const found = isIP(name) === 0 ? await this.resolver(name).catch(() => refuse('unknown-host')) : [{ address: name }]
    const [first] = found
    if (first === undefined) return refuse('unknown-host')
    for (const { address } of found) this.judge(name, address)
    return { address: first.address, family: isIPv4(first.address) ? 4 : 6 }
  }

  /** For sockets: the name is resolved and judged once, and the socket connects to just that. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.resolve(host).then(
      ({ address, family }) => (options.all === true ? done(null, [{ address, family }]) : done(null, address, family)),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), '', 0),
    )
  }

  /** Like `fetch`, to judged addresses only. Redirects are followed only when asked for, and each is judged anew. */
  async fetch(
    target: string | URL,
    init: RequestInit & { schemes?: readonly string[]; timeoutMs?: number } = {},
  ): Promise<Response> {
    const { schemes = ['https'], timeoutMs = DEFAULT_TIMEOUT_MS, redirect = 'manual', ...rest } = init
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(rest.signal ? [rest.signal] : [])])
    let url = this.check(target, schemes)
    let request = new Request(url, { ...rest, redirect: 'manual', signal: null })
    for (let hops = 0; ; hops += 1) {
      const response = await this.send(url, request.clone(), signal)
      const location = response.headers.get('location')
      if (redirect !== 'follow' || !REDIRECTS.has(response.status) || location === null) return response
      await response.body?.cancel()
      // What was to be sent is not sent elsewhere, nor in the clear.
      const next = URL.canParse(location, url.href) ? new URL(location, url) : refuse('redirects')
      const isWorse = url.protocol === 'https:' && next.protocol !== 'https:'
      if (hops >= MOST_REDIRECTS || isWorse || request.method !== 'GET') refuse('redirects')
      const headers = new Headers(request.headers)
      if (next.origin !== url.origin) for (const name of ['authorization', 'cookie']) headers.delete(name)
      url = this.check(next, schemes)
      request = new Request(url, { method: 'GET', headers })
    }
  }

  private async send(url: URL, request: Request, signal: AbortSignal): Promise<Response> {
    const body = request.body ? Buffer.from(await request.arrayBuffer()) : null
    const call = url.protocol === 'https:' ? httpsRequest : httpRequest
    const headers = { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' }
    // No agent: a kept connection would go to an address that was judged long ago.
    const options = { method: request.method, headers, lookup: this.lookup, agent: false as const, signal }
    return new Promise((resolve, reject) => {
      const sent = call(url, options, (answer) => {
        const status = answer.statusCode ?? 0
        const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        )
        const isEmpty = [101, 204, 205, 304].includes(status) || request.method === 'HEAD'
        if (isEmpty) answer.resume()
        const stream = isEmpty ? null : (Readable.toWeb(Readable.from(limited(answer))) as ReadableStream<Uint8Array>)
        resolve(new Response(stream, { status, headers: pairs }))
      })
      sent.once('error', reject)
      sent.end(body ?? undefined)
    })
  }

  private judge(name: string, address: string): void {
    const found = classOf(address)
    if (found === 'public') return
    const isAllowed = this.names.has(name) || this.networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
    if (!isAllowed || NEVER.includes(found)) refuse(found)
  }
}

async function* limited(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error('the answer is too large')
    yield chunk
  }
}

/** `Host.` and `host` are one. */
const nameOf = (host: string): string => host.toLowerCase().replace(/\.$/, '')
const hostOf = (url: URL): string => nameOf(url.hostname.replace(/^\[|\]$/g, ''))
