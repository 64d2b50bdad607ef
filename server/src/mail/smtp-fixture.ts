/** For tests: a real SMTP server that does as it is told. */
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

/**
 * `take`; `refuse` (550) or `busy` (451) at the recipient; `refuse-content` (552) after the data; `hang-up` in the
 * middle of the data; `hang-up-after` all data without an answer; `take-and-hang-up`: keeps it and never answers.
 */
export type Behaviour = 'take' | 'refuse' | 'busy' | 'refuse-content' | 'hang-up' | 'hang-up-after' | 'take-and-hang-up'

export interface Mailbox {
  readonly port: number
  readonly mails: ParsedMail[]
  /** What is done with a letter to an address; `times` it was tried before. */
  behave: (address: string, times: number) => Behaviour
  readonly tries: Map<string, number>
  stop(): Promise<void>
}

const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })

export async function startMailbox(behave: Mailbox['behave'] = () => 'take'): Promise<Mailbox> {
  const tries = new Map<string, number>()
  const box = { mails: [] as ParsedMail[], behave, tries }
  const now = new Map<string, Behaviour>()
  const server: SMTPServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, session, done) {
      const times = tries.get(address) ?? 0
      tries.set(address, times + 1)
      const behaviour = box.behave(address, times)
      now.set(session.id, behaviour)
      if (behaviour === 'refuse') return done(refusal(550, '5.1.1 user unknown'))
      return behaviour === 'busy' ? done(refusal(451, '4.3.2 try again later')) : done()
    },
    onData(stream, session, done) {
      const behaviour = now.get(session.id) ?? 'take'
      if (behaviour === 'hang-up') {
        stream.once('data', () => hangUp(server))
        stream.resume()
        return
      }
      void simpleParser(stream).then((mail) => {
        if (behaviour === 'take' || behaviour === 'take-and-hang-up') box.mails.push(mail)
        if (behaviour === 'hang-up-after' || behaviour === 'take-and-hang-up') return hangUp(server)
        done(behaviour === 'refuse-content' ? refusal(552, '5.3.4 message too large') : null)
      })
    },
  })
  const hangUp = ({ connections }: SMTPServer): void => {
    for (const connection of connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy()
  }
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return Object.assign(box, { port, stop })
}
