/** What a collector asks of the server beside delivering batches. */
import {
  type CollectorConfig,
  type CollectorHeartbeat,
  collectorConfig,
  type HeartbeatAnswer,
  heartbeatAnswer,
} from '@gemba/contracts/ingest'
import type { Identity } from './uplink.ts'

const TIMEOUT_MS = 10_000

async function call(identity: Identity, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${identity.serverUrl}/ingest/v1/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${identity.token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new Error(`The server answered ${answer.status}`)
  }
  return answer.json()
}

export const fetchConfig = async (identity: Identity): Promise<CollectorConfig> =>
  collectorConfig.parse(await call(identity, 'config'))

export const sendHeartbeat = async (identity: Identity, heartbeat: CollectorHeartbeat): Promise<HeartbeatAnswer> =>
  heartbeatAnswer.parse(await call(identity, 'heartbeat', heartbeat))
