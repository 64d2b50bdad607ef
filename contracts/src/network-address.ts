/** What an address on the network is for. Pure: server and collectors judge with the same words. */
import { z } from 'zod'

/** `metadata`: services of clouds that give away keys to whoever can reach them. */
export const addressClass = z.enum(['public', 'loopback', 'private', 'link-local', 'metadata', 'special'])
export type AddressClass = z.infer<typeof addressClass>

/** IANA special-purpose registries (RFC 6890 and later), and what clouds use beside them; the first match counts. */
const RANGES: readonly (readonly [of: AddressClass, networks: readonly string[]])[] = [
  [
    'metadata',
    [
      '169.254.169.254/32',
      '169.254.170.2/32',
      '100.100.100.200/32',
      '192.0.0.192/32',
      '168.63.129.16/32',
      'fd00:ec2::254/128',
    ],
  ],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10', 'fec0::/10']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']],
  [
    'special',
    [
      '0.0.0.0/8',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      // Ways to reach IPv4 addresses among them: translation, 6to4, Teredo.
      '2001::/23',
      '2001:db8::/32',
      '2002::/16',
      '3fff::/20',
    ],
  ],
]
/** The only part of IPv6 that is routed everywhere. */
const GLOBAL_V6 = '2000::/3'

interface Bits {
  readonly size: 32 | 128
  readonly value: bigint
}

function v4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n)
}

/** Groups of one side of `::`; a last part with dots is two of them. */
function groupsOf(side: string): bigint[] | null {
  if (side === '') return []
  const groups: bigint[] = []
  const parts = side.split(':')
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes('.') ? v4(part) : null
    if (dotted !== null) groups.push(dotted >> 16n, dotted & 0xffffn)
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`))
    else return null
  }
  return groups
}

function v6(text: string): bigint | null {
  const sides = text.split('::')
  if (sides.length > 2) return null
  const [head, tail] = sides.map(groupsOf)
  if (head === null || head === undefined || tail === null) return null
  const given = head.length + (tail?.length ?? 0)
  if (tail === undefined ? given !== 8 : given > 7) return null
  const groups = [...head, ...Array<bigint>(8 - given).fill(0n), ...(tail ?? [])]
  return groups.reduce((value, group) => value * 65_536n + group, 0n)
}

/** An address as bits, without its zone; `::ffff:a.b.c.d` and `::a.b.c.d` are the IPv4 address inside. */
function bitsOf(address: string): Bits | null {
  const short = v4(address)
  if (short !== null) return { size: 32, value: short }
  const [plain = ''] = address.split('%')
  const value = v6(plain)
  if (value === null) return null
  const high = value >> 32n
  // `::` and `::1` are addresses of their own.
  if (high === 0xffffn || (high === 0n && value > 1n)) return { size: 32, value: value & 0xffffffffn }
  return { size: 128, value }
}

function isWithin({ size, value }: Bits, network: string): boolean {
  const [base = '', prefix] = network.split('/')
  const own = bitsOf(base)
  if (own === null || own.size !== size) return false
  const shift = BigInt(size - Number(prefix ?? size))
  return shift >= 0n && value >> shift === own.value >> shift
}

/** Class of an address in any spelling that an operating system gives. What is not an address is `special`. */
export function classOf(address: string): AddressClass {
  const bits = bitsOf(address)
  if (bits === null) return 'special'
  for (const [of, networks] of RANGES) if (networks.some((network) => isWithin(bits, network))) return of
  return bits.size === 32 || isWithin(bits, GLOBAL_V6) ? 'public' : 'special'
}

/** Whether an address lies in one of some networks (`10.2.0.0/16`, `10.2.0.7`). */
export function liesIn(address: string, networks: readonly string[]): boolean {
  const bits = bitsOf(address)
  return bits !== null && networks.some((network) => isWithin(bits, network))
}

/** Where sources usually stand: in networks of the plant, or on the machine itself. */
export const PLANT_NETWORKS: readonly string[] = [
  '127.0.0.0/8',
  '::1',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
]

/**
 * Why a collector may not call an address; null = it may. Public addresses are open, those of networks when the
 * installation lists them; link-local addresses, key services of clouds and what is no host never are.
 */
export function sourceRefusal(address: string, networks: readonly string[]): AddressClass | null {
  const found = classOf(address)
  if (found === 'public') return null
  const isOpen = (found === 'loopback' || found === 'private') && liesIn(address, networks)
  return isOpen ? null : found
}
