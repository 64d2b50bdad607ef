/** What an address on the network is for: only `public` ones may be called on the word of a user. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** `metadata`: services of clouds that give away keys to whoever can reach them. */
export type AddressClass = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'special'

type Range = readonly [network: string, prefix: number]

/** IANA special-purpose registries (RFC 6890 and later), and what clouds use beside them. */
const V4: Readonly<Record<Exclude<AddressClass, 'public'>, readonly Range[]>> = {
  metadata: [
    ['169.254.169.254', 32],
    ['169.254.170.2', 32],
    ['100.100.100.200', 32],
    ['192.0.0.192', 32],
    ['168.63.129.16', 32],
  ],
  loopback: [['127.0.0.0', 8]],
  'link-local': [['169.254.0.0', 16]],
  private: [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
  ],
  special: [
    ['0.0.0.0', 8],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
}
const V6: Readonly<Record<Exclude<AddressClass, 'public'>, readonly Range[]>> = {
  metadata: [['fd00:ec2::254', 128]],
  loopback: [['::1', 128]],
  'link-local': [
    ['fe80::', 10],
    ['fec0::', 10],
  ],
  private: [['fc00::', 7]],
  // Ways to reach IPv4 addresses among them: translation, 6to4, Teredo.
  special: [
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ],
}
/** The only part of IPv6 that is routed everywhere. */
const GLOBAL_V6: Range = ['2000::', 3]

const listOf = (ranges: readonly Range[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList()
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family)
  return list
}
const lists = (of: typeof V4, family: 'ipv4' | 'ipv6') =>
  Object.entries(of).map(([name, ranges]) => [name as AddressClass, listOf(ranges, family)] as const)
const V4_LISTS = lists(V4, 'ipv4')
const V6_LISTS = lists(V6, 'ipv6')
const GLOBAL_LIST = listOf([GLOBAL_V6], 'ipv6')

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The parser of addresses brings every spelling, also one with dots, into one form.
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  if (tail === undefined) return read(head)
  const [before, after] = [read(head), read(tail)]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

/** The IPv4 address inside `::ffff:a.b.c.d` and `::a.b.c.d`; null for any other. */
function mappedV4(address: string): string | null {
  const groups = groupsOf(address)
  if (groups.slice(0, 5).some((group) => group !== 0)) return null
  const [middle = 0, high = 0, low = 0] = groups.slice(5)
  if (middle !== 0 && middle !== 0xffff) return null
  // `::` and `::1` are addresses of their own.
  if (middle === 0 && high === 0 && low <= 1) return null
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Class of an address in any spelling that an operating system gives. What is not an address is `special`. */
export function classOf(address: string): AddressClass {
  if (isIPv4(address)) return V4_LISTS.find(([, list]) => list.check(address, 'ipv4'))?.[0] ?? 'public'
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return 'special'
  const mapped = mappedV4(plain)
  if (mapped !== null) return classOf(mapped)
  const found = V6_LISTS.find(([, list]) => list.check(plain, 'ipv6'))?.[0]
  return found ?? (GLOBAL_LIST.check(plain, 'ipv6') ? 'public' : 'special')
}
