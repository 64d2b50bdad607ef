import { createHmac, randomUUID } from 'node:crypto'
import { Inject, Injectable } from '@nestjs/common'
import type { ChannelChange, DeliveryChannels } from '@gemba/contracts/delivery'
import type { ChannelTrial } from '@gemba/contracts/mail'
import { DataSource } from 'typeorm'
import { type Actor, AuditService } from '../audit/audit.service.ts'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { SecretBox } from '../database/secret-box.ts'
import { Fault } from '../http/fault.ts'
import { OutgoingGuard } from '../http/outgoing.ts'
import type { Posting } from './mail-post.service.ts'

const PATIENCE_MS = 20_000
/** These services answer at one host each; nothing else can pass for them. */
const HOST_OF = { wecom: 'qyapi.weixin.qq.com', dingtalk: 'oapi.dingtalk.com' } as const

interface StoredChannel {
  id: string
  name: string
  kind: 'wecom' | 'dingtalk' | 'json'
  host: string
  url_sealed: string
  secret_sealed: string | null
}

export interface ChannelMessage {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly at: number
}

export interface ChannelCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What is sent to a channel. WeCom is known by the key in its address, DingTalk and JSON by a signature. */
export function callOf(
  { kind, url, secret }: { kind: StoredChannel['kind']; url: string; secret: string | null },
  message: ChannelMessage,
): ChannelCall {
  const headers = { 'content-type': 'application/json' }
  const content = `${message.title}\n\n${message.text}`
  if (kind === 'wecom') return { url, headers, body: JSON.stringify({ msgtype: 'text', text: { content } }) }
  if (kind === 'dingtalk') {
    const target = new URL(url)
    if (secret !== null) {
      target.searchParams.set('timestamp', String(message.at))
      target.searchParams.set('sign', createHmac('sha256', secret).update(`${message.at}\n${secret}`).digest('base64'))
    }
    return { url: target.href, headers, body: JSON.stringify({ msgtype: 'text', text: { content } }) }
  }
  const body = JSON.stringify({
    id: message.id,
    title: message.title,
    text: message.text,
    at: new Date(message.at).toISOString(),
  })
  const mac = secret === null ? null : createHmac('sha256', secret).update(`${message.at}.${body}`).digest('hex')
  return {
    url,
    headers: {
      ...headers,
      'idempotency-key': message.id,
      ...(mac === null ? {} : { 'x-gemba-signature': `t=${message.at},v1=${mac}` }),
    },
    body,
  }
}

/** What the answer of a channel means: WeCom and DingTalk refuse with status 200 and a code. */
export function postingOf(status: number, text: string): Posting {
  const response = `${status} ${text.replace(/\p{Cc}+/gu, ' ').slice(0, 160)}`
  if (status >= 500 || status === 429) return { outcome: 'later', response, code: status }
  if (status >= 300) return { outcome: 'refused', response, code: status }
  const code = /"errcode"\s*:\s*(-?\d+)/.exec(text)?.[1]
  return code !== undefined && code !== '0'
    ? { outcome: 'refused', response, code: Number(code) }
    : { outcome: 'accepted', response }
}

/** Webhooks that administrators have set up. */
@Injectable()
export class Channels {
  private readonly box: SecretBox

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
    private readonly outgoing: OutgoingGuard,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {
    this.box = new SecretBox(config.secretKeyFile)
  }

  async list(): Promise<DeliveryChannels> {
    const rows = await this.database.query<StoredChannel[]>('SELECT * FROM delivery_channel ORDER BY id')
    return {
      channels: rows.map(({ id, name, kind, host, secret_sealed }) => ({
        id,
        name,
        kind,
        host,
        signed: secret_sealed !== null,
      })),
    }
  }

  async change(change: ChannelChange, by: Actor): Promise<DeliveryChannels> {
    const { id, name, kind } = change
    const { url, secret } = await this.secretsOf(change)
    const { host, username } = new URL(url)
    const isKnown = kind === 'json' ? this.config.webhookHosts.includes(host) : HOST_OF[kind] === host
    if (!isKnown || username !== '') throw new Fault('CHANNEL_HOST_REFUSED', { host })
    const values = [id, name, kind, host, this.box.seal(url), secret === null ? null : this.box.seal(secret)]
    await this.database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO delivery_channel (id, name, kind, host, url_sealed, secret_sealed) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET name = $2, kind = $3, host = $4, url_sealed = $5, secret_sealed = $6`,
        values,
      )
      const after = { name, kind, host, signed: secret !== null }
      await this.audit.record(
        { stream: 'change', action: 'mail.channel', by, object: { kind: 'channel', id }, after },
        manager,
      )
    })
    return this.list()
  }

  /** A secret belongs to one address: what is sent to another one is not signed with it. */
  private async secretsOf({ id, kind, url, secret }: ChannelChange): Promise<{ url: string; secret: string | null }> {
    const before = await this.stored(id)
    const known = before?.kind === kind ? this.box.open(before.url_sealed) : undefined
    const now = url ?? known
    if (now === undefined)
      throw new Fault(
        'INPUT_INVALID',
        {},
        { zh: '请填写 Webhook 地址。', en: 'The address of the webhook is missing.' },
      )
    const sealed = now === known ? (before?.secret_sealed ?? null) : null
    const kept = sealed === null ? null : this.box.open(sealed)
    return { url: now, secret: secret === undefined ? kept : secret }
  }

  /** Schedules that name it say so from then on: nothing is sent in its place. */
  async remove(id: string, by: Actor): Promise<DeliveryChannels> {
    const before = await this.stored(id)
    if (before === null) throw new Fault('RECIPIENT_UNKNOWN')
    const { name, kind, host } = before
    await this.database.transaction(async (manager) => {
      await manager.query('DELETE FROM delivery_channel WHERE id = $1', [id])
      await this.audit.record(
        { stream: 'change', action: 'mail.channel', by, object: { kind: 'channel', id }, before: { name, kind, host } },
        manager,
      )
    })
    return this.list()
  }

  /** A message that says it is a trial. */
  async attempt(id: string, by: Actor): Promise<ChannelTrial> {
    const startedAt = performance.now()
    const posting = await this.send(id, {
      id: randomUUID(),
      title: 'Gemba 测试消息 · test message',
      text: `由 ${by.user} 在设置页发出 · sent by ${by.user} from the settings page`,
      at: Date.now(),
    })
    if (posting === null) throw new Fault('RECIPIENT_UNKNOWN')
    const { outcome, response } = posting
    await this.audit.record({
      stream: 'access',
      action: 'mail.channel.tried',
      by,
      object: { kind: 'channel', id },
      after: { outcome },
    })
    return { outcome, answer: response, tookMs: Math.round(performance.now() - startedAt) }
  }

  async nameOf(id: string): Promise<string | null> {
    return (await this.stored(id))?.name ?? null
  }

  /** Null = there is no such channel any more. */
  async send(id: string, message: ChannelMessage): Promise<Posting | null> {
    const stored = await this.stored(id)
    if (stored === null) return null
    const secret = stored.secret_sealed === null ? null : this.box.open(stored.secret_sealed)
    const call = callOf({ kind: stored.kind, url: this.box.open(stored.url_sealed), secret }, message)
    try {
      // Hosts of the list were written down by whoever runs the server; what is meant for one is not carried to another.
      const guard = stored.kind === 'json' ? this.outgoing.trusting(call.url) : this.outgoing
      const init = { method: 'POST', headers: call.headers, body: call.body, timeoutMs: PATIENCE_MS }
      const answer = await guard.fetch(call.url, init)
      return postingOf(answer.status, await answer.text())
    } catch (error) {
      if (error instanceof Fault) return { outcome: 'refused', response: error.code, code: null }
      const refusedAtOnce = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(String((error as { code?: string }).code))
      return { outcome: refusedAtOnce ? 'later' : 'unknown', response: String(error).slice(0, 160), code: null }
    }
  }

  private async stored(id: string): Promise<StoredChannel | null> {
    const [row] = await this.database.query<StoredChannel[]>('SELECT * FROM delivery_channel WHERE id = $1', [
      id.replaceAll('\0', ''),
    ])
    return row ?? null
  }
}
