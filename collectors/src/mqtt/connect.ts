import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { Sink } from '../sink.ts'

export interface BrokerSettings {
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly protocolVersion: 4 | 5
  readonly clientId: string
}

const RECONNECT_MS = 1_000
/** After a refusal: an account must not be locked by us. */
const REFUSED_RECONNECT_MS = 5_000
const SESSION_EXPIRY_S = 7 * 24 * 3600
const INFLIGHT = 500
const END_WITHIN_MS = 500

/** Opens a persistent session; troubles are named on the source's status. */
export function connectBroker(settings: BrokerSettings, sink: Sink): MqttClient {
  const options: IClientOptions = {
    clientId: settings.clientId,
    clean: false,
    protocolVersion: settings.protocolVersion,
    reconnectPeriod: RECONNECT_MS,
    // Else mqtt.js gives up for ever after one refusal.
    reconnectOnConnackError: true,
    connectTimeout: 10_000,
    keepalive: 15,
    resubscribe: false,
    ...(settings.user === undefined ? {} : { username: settings.user }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.protocolVersion === 5
      ? { properties: { sessionExpiryInterval: SESSION_EXPIRY_S, receiveMaximum: INFLIGHT } }
      : {}),
  }
  sink.connecting()
  const client = mqtt.connect(settings.url, options)
  client.on('error', (error) => {
    const failure = error as NodeJS.ErrnoException & { code?: string | number }
    if (typeof failure.code === 'number') client.options.reconnectPeriod = REFUSED_RECONNECT_MS
    name(failure, settings, sink)
  })
  client.on('connect', () => (client.options.reconnectPeriod = RECONNECT_MS))
  client.on('close', () => sink.connecting())
  client.on('offline', () => {
    if (sink.report().state !== 'failing')
      sink.failing('connect', `The broker at ${hostOf(settings.url)} does not answer.`)
  })
  client.on('reconnect', () => sink.reconnected())
  return client
}

/** Ends a client whatever the broker does; one that lives on would take the session from its successor. */
export async function endBroker(client: MqttClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), END_WITHIN_MS)))
  const ended = client.endAsync(false).catch(() => undefined)
  const outcome = await Promise.race([ended, late])
  clearTimeout(timer)
  if (outcome === 'late') client.stream?.destroy()
}

function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return url
  }
}

function name(
  error: NodeJS.ErrnoException & { code?: string | number | undefined },
  settings: BrokerSettings,
  sink: Sink,
): void {
  const host = hostOf(settings.url)
  const code = error.code as string | number | undefined
  // 4, 5 of MQTT 3.1.1; 134, 135 of MQTT 5.
  if (code === 4 || code === 5 || code === 134 || code === 135)
    return sink.failing('auth', `The broker at ${host} refuses the user or the password.`)
  if (code === 'ECONNREFUSED')
    return sink.failing('connect', `Nothing answers at ${host}: is the broker running, is the address right?`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return sink.failing('connect', `The name ${host} is not known.`)
  if (code === 'ETIMEDOUT') return sink.failing('timeout', `The broker at ${host} did not answer in time.`)
  if (typeof code === 'string' && /CERT|TLS|SSL|SIGNATURE/.test(code))
    return sink.failing('tls', `The certificate of ${host} is not accepted (${code}).`)
  sink.failing('protocol', `The broker at ${host}: ${error.message}`)
}
