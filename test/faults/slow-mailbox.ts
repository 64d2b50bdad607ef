/** A real SMTP server that takes every letter and can keep its answer back. */
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface TakenMail {
  readonly messageId: string
  readonly to: string
  readonly isRepeated: boolean
  /** Names and hashes of what was attached. */
  readonly files: string
}

export interface SlowMailbox {
  readonly port: number
  /** Everything that arrived whole, whether it was answered or not. */
  readonly mails: TakenMail[]
  /** Waits until a whole letter has arrived that gets no answer. */
  holdsOne(withinMs: number): Promise<void>
  letGo(): void
  stop(): Promise<void>
}

function takenOf(mail: ParsedMail, to: string): TakenMail {
  const files = mail.attachments.map(
    ({ filename, content }) => `${filename} ${createHash('sha256').update(content).digest('hex')}`,
  )
  const isRepeated = mail.headers.has('x-gemba-repeated')
  return { messageId: mail.messageId ?? '', to, isRepeated, files: files.join('\n') }
}

export async function startSlowMailbox(): Promise<SlowMailbox> {
  const mails: TakenMail[] = []
  let held: (() => void) | null = null
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      simpleParser(stream).then(
        (mail) => {
          mails.push(takenOf(mail, session.envelope.rcptTo.map(({ address }) => address).join()))
          if (held === null) done(null)
          else held()
        },
        // Cut before its last byte: it was never here.
        () => undefined,
      )
    },
  })
  // Who is killed does not say goodbye.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const holdsOne = (withinMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no letter within ${withinMs} ms`)), withinMs)
      held = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const letGo = () => {
    held = null
  }
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { port, mails, holdsOne, letGo, stop }
}
