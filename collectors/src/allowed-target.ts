/** A source is only called at addresses that the installation opens to collectors, whoever wrote its host down. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type AddressClass, sourceRefusal } from '@gemba/contracts/network-address'
import type { SourceSettings } from '@gemba/contracts/source'
import { SourceFailure } from './source.ts'

type Resolver = (host: string) => Promise<readonly { address: string }[]>
const bySystem: Resolver = (host) => lookup(host, { all: true, verbatim: true })

const WHY: Record<AddressClass, string> = {
  public: '',
  loopback: 'it is this machine, which GEMBA_COLLECTOR_NETWORKS does not list',
  private: 'it lies in a network that GEMBA_COLLECTOR_NETWORKS does not list',
  'link-local': 'link-local addresses are never called',
  metadata: 'services of clouds that give away keys are never called',
  special: 'it is no address of a host',
}

/** The host that settings name; null where nothing is called. */
export function hostOf(settings: SourceSettings): string | null {
  if (settings.kind === 'push') return null
  if (settings.kind === 'sql') return plain(settings.host)
  const url = settings.kind === 'opcua' ? settings.endpointUrl : settings.url
  if (!URL.canParse(url)) throw new SourceFailure('permission', `${url.slice(0, 200)}: it is not an address.`)
  // Of schemes that a browser does not know the host is kept as it is spelt.
  return plain(new URL(url.replace(/^[a-z.+-]+:/i, 'http:')).hostname)
}

const plain = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

/**
 * Refuses a source whose host, or any address of it, may not be called. A name that is not known passes: the connection
 * fails by itself and says so in the words of its kind.
 */
export async function requireTarget(
  settings: SourceSettings,
  networks: readonly string[],
  resolver: Resolver = bySystem,
): Promise<void> {
  const host = hostOf(settings)
  if (host === null) return
  const found = isIP(host) === 0 ? await resolver(host).catch(() => []) : [{ address: host }]
  for (const { address } of found) {
    const refused = sourceRefusal(address, networks)
    if (refused !== null) throw new SourceFailure('permission', `${host} (${address}) is not called: ${WHY[refused]}.`)
  }
}
