/** The mail server of the reference factory: it takes every letter and keeps it, as mail and as what a page can show. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type AddressObject, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

const MOST_KEPT = 200
const MOST_BYTES = 64 * 1024 * 1024

const addressesOf = (found: AddressObject | AddressObject[] | undefined): string[] =>
  (found === undefined ? [] : [found].flat()).flatMap(({ value }) => value.map(({ address }) => address ?? ''))

export class MailSink {
  private readonly folder: string
  private readonly server: SMTPServer
  private count = 0

  private constructor(folder: string) {
    this.folder = folder
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      size: MOST_BYTES,
      onData: (stream, session, done) => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        buffer(stream)
          .then((bytes) => this.keep(bytes, to))
          .then(
            () => done(null),
            (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
          )
      },
    })
    // A client that goes away in the middle is no matter for the factory.
    this.server.on('error', () => undefined)
  }

  /** Listens on loopback; `sink.json` in its folder names the port. */
  static async start(folder: string): Promise<MailSink> {
    mkdirSync(folder, { recursive: true })
    const sink = new MailSink(folder)
    await new Promise<void>((resolve, reject) => {
      sink.server.once('error', reject)
      sink.server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = sink.server.server.address() as AddressInfo
    sink.write('sink.json', JSON.stringify({ port }))
    return sink
  }

  stop(): Promise<void> {
    rmSync(join(this.folder, 'sink.json'), { force: true })
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  private async keep(bytes: Buffer, to: string[]): Promise<void> {
    const mail = await simpleParser(bytes)
    this.count += 1
    const at = Date.now()
    const id = `${at}-${String(this.count).padStart(4, '0')}`
    const shown = {
      id,
      at: new Date(at).toISOString(),
      from: addressesOf(mail.from)[0] ?? '',
      to,
      subject: mail.subject ?? '',
      text: (mail.text ?? '').slice(0, 20_000),
      messageId: mail.messageId ?? '',
      attachments: mail.attachments.map(({ filename, size, content }) => ({
        name: filename ?? '',
        bytes: size,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    }
    this.write(`${id}.eml`, bytes)
    this.write(`${id}.mail.json`, JSON.stringify(shown))
    this.dropOldest()
  }

  private write(name: string, content: string | Buffer): void {
    const path = join(this.folder, name)
    writeFileSync(`${path}.new`, content, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  private dropOldest(): void {
    const letters = readdirSync(this.folder)
      .filter((name) => /^\d+-\d+\.mail\.json$/.test(name))
      .sort()
    for (const name of letters.slice(0, Math.max(0, letters.length - MOST_KEPT)))
      for (const each of [name, name.replace('.mail.json', '.eml')]) rmSync(join(this.folder, each), { force: true })
  }
}
