/** One letter to one mail server: what came of it, told so that nobody has to guess. */
import type { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer/index.js'
import type Mail from 'nodemailer/lib/mailer/index.js'
import SmtpConnection from 'nodemailer/lib/smtp-connection/index.js'
import { mailAddress } from '@gemba/contracts/delivery'
import { headerLine } from '@gemba/engine/format/message-text'
import type { MailServer } from './mail-server.service.ts'

/** A letter that takes longer is broken off. Shorter than the lease of who sends it. */
export const POST_WITHIN_MS = 60_000
const SILENCE_MS = 20_000

export interface Letter {
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly markup: string
  /** `<id@host>`; stays the same when the letter is sent once more. */
  readonly messageId: string
  /** Message-ID of an earlier letter: shown in one thread with it. */
  readonly repliesTo?: string | null
  /** Sent before, and nobody knows whether it was taken. */
  readonly repeated: boolean
  readonly files: readonly { readonly name: string; readonly path: string; readonly type: string }[]
}

/**
 * `accepted`: the server has taken the letter over. `refused`: it never will (5xx). `later`: it was certainly not
 * taken, trying again is safe. `unknown`: the line broke after the last byte and before the answer.
 */
export type Posting =
  | { readonly outcome: 'accepted'; readonly response: string }
  | { readonly outcome: 'refused' | 'later' | 'unknown'; readonly response: string; readonly code: number | null }

const MESSAGE_ID = /^<[A-Za-z0-9.-]{1,120}@[A-Za-z0-9.-]{1,200}>$/

/** The letter as bytes. What could become another header is refused, whoever let it in. */
export function composed(
  letter: Letter,
  server: MailServer,
): { envelope: { from: string; to: string }; stream: Readable } {
  const to = mailAddress.parse(letter.to.address)
  const from = mailAddress.parse(server.from)
  const { messageId, repliesTo = null } = letter
  for (const id of [messageId, repliesTo])
    if (id !== null && !MESSAGE_ID.test(id)) throw new TypeError('not a Message-ID')
  const mail: Mail.Options = {
    from: { name: headerLine(server.fromName), address: from },
    to: { name: headerLine(letter.to.name), address: to },
    subject: headerLine(letter.subject),
    text: letter.text,
    html: `<!doctype html><html><body style="font:15px/1.6 'Noto Sans SC','Microsoft YaHei',sans-serif;color:#1b2026;margin:16px">${letter.markup}</body></html>`,
    messageId,
    ...(repliesTo === null ? {} : { inReplyTo: repliesTo, references: repliesTo }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(letter.repeated ? { 'X-Gemba-Repeated': 'acceptance of an earlier transmission is unknown' } : {}),
    },
    attachments: letter.files.map(({ name, path, type }) => ({ filename: headerLine(name), path, contentType: type })),
    disableUrlAccess: true,
  }
  return { envelope: { from, to }, stream: new MailComposer(mail).compile().createReadStream() }
}

export async function post(server: MailServer, letter: Letter): Promise<Posting> {
  const { envelope, stream } = composed(letter, server)
  // The final dot goes out when the stream has ended: before that no server can have taken the letter.
  let isWhole = false
  stream.once('end', () => (isWhole = true))
  const connection = connectionTo(server)
  let timer: NodeJS.Timeout | undefined
  try {
    const broken = new Promise<never>((_resolve, reject) => {
      connection.on('error', reject)
      connection.once('end', () => reject(new Error('the connection was closed')))
      timer = setTimeout(() => reject(new Error(`not over after ${POST_WITHIN_MS} ms`)), POST_WITHIN_MS)
    })
    const info = await Promise.race([broken, conversation(connection, server, { envelope, stream })])
    return { outcome: 'accepted', response: shortened(info) }
  } catch (error) {
    return failureOf(error, isWhole)
  } finally {
    clearTimeout(timer)
    stream.destroy()
    // Only an answer ends the wait for an answer: the socket is not left to itself.
    connection.close()
  }
}

/** A connection that is not open yet, with the encryption of the settings and nothing less. */
export const connectionTo = (server: MailServer): SmtpConnection =>
  new SmtpConnection({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'none',
    connectionTimeout: SILENCE_MS,
    greetingTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    disableUrlAccess: true,
  } as ConstructorParameters<typeof SmtpConnection>[0])

/** Whether somebody signs in at the server at all. */
export const signsIn = ({ user, password }: MailServer): boolean => user !== null && password !== null

export const connected = (connection: SmtpConnection): Promise<void> => called((done) => connection.connect(done))

export const signedIn = (connection: SmtpConnection, { user, password }: MailServer): Promise<void> =>
  called((done) =>
    connection.login(
      { user: user ?? '', pass: password ?? '', credentials: { user: user ?? '', pass: password ?? '' } },
      done,
    ),
  )

/** Gives envelope and letter over; the answer to the letter. */
export const given = (connection: SmtpConnection, { envelope, stream }: ReturnType<typeof composed>): Promise<string> =>
  new Promise((resolve, reject) =>
    connection.send(envelope, stream, (error, info) => (error ? reject(error) : resolve(info.response))),
  )

async function conversation(
  connection: SmtpConnection,
  server: MailServer,
  letter: ReturnType<typeof composed>,
): Promise<string> {
  await connected(connection)
  if (signsIn(server)) await signedIn(connection, server)
  return given(connection, letter)
}

const called = (call: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())))

export const shortened = (text: string): string => headerLine(text).slice(0, 200)

function failureOf(error: unknown, isWhole: boolean): Posting {
  const { responseCode, response, message } = error as { responseCode?: number; response?: string; message?: string }
  const text = shortened(response ?? message ?? String(error))
  if (typeof responseCode === 'number')
    return { outcome: responseCode >= 500 ? 'refused' : 'later', response: text, code: responseCode }
  return { outcome: isWhole ? 'unknown' : 'later', response: text, code: null }
}
