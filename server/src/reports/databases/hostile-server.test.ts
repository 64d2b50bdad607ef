/** A server of MySQL that asks for more than it may: written byte by byte, for no real one does so. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { awayOf } from './database-words.ts'
import { mysqlDriver } from './mysql-driver.ts'

const packet = (sequence: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}
const zero = (text: string): Buffer => Buffer.from(`${text}\0`)
/** The greeting of protocol 10: a scramble, and capabilities with LOCAL_FILES among them. */
const GREETING = Buffer.concat([
  Buffer.from([10]),
  zero('8.0.36'),
  Buffer.from([1, 0, 0, 0]),
  zero('abcdefgh'),
  Buffer.from([0xff, 0xf7, 45, 2, 0, 0xff, 0x81, 21]),
  Buffer.alloc(10),
  zero('ijklmnopqrst'),
  zero('mysql_native_password'),
])
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])
const LOCAL_FILES = 0x80

let server: Server
afterEach(() => server?.close())

/** Greets, then answers each packet as told; gives the address and all that it was sent. */
async function hostile(answers: readonly Buffer[]): Promise<{ port: number; sent: Buffer[] }> {
  const sent: Buffer[] = []
  server = createServer((socket: Socket) => {
    const left = [...answers]
    socket.on('error', () => undefined)
    socket.write(packet(0, GREETING))
    socket.on('data', (data) => {
      sent.push(data)
      const answer = left.shift()
      if (answer === undefined) socket.end()
      else socket.write(packet(((data[3] as number) + 1) % 256, answer))
    })
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
  return { port, sent }
}

const called = (port: number): Promise<unknown> => {
  const reached = { host: '127.0.0.1', port, database: 'x', user: 'reader', password: 'S3CRET-PASSWORD' }
  const place = { reached: { ...reached, tls: 'none' as const }, networks: ['127.0.0.0/8'] }
  return mysqlDriver.connect(place, 1_000).then(
    () => 'connected',
    (error: unknown) => error,
  )
}

describe('a hostile server of MySQL', () => {
  it('gets no file of this machine, however it asks', async () => {
    const wanted = Buffer.concat([Buffer.from([0xfb]), Buffer.from(import.meta.filename)])
    const { port, sent } = await hostile([OK, wanted, OK, OK])
    const outcome = await called(port)
    expect(outcome).toBeInstanceOf(Error)
    const all = Buffer.concat(sent)
    expect(all.includes('A server of MySQL that asks for more than it may')).toBe(false)
    // It was never offered to.
    expect((sent[0]?.readUInt32LE(4) as number) & LOCAL_FILES).toBe(0)
  })

  it('gets no password as it is', async () => {
    const clear = Buffer.concat([Buffer.from([0xfe]), zero('mysql_clear_password')])
    const { port, sent } = await hostile([clear, OK])
    const outcome = await called(port)
    expect(awayOf(outcome).words.en).toContain('would send the password as it is')
    expect(Buffer.concat(sent).includes('S3CRET-PASSWORD')).toBe(false)
  })

  it('gets no answer to a way of signing in that nobody knows', async () => {
    const unknown = Buffer.concat([Buffer.from([0xfe]), zero('toString'), Buffer.from('abc')])
    const { port } = await hostile([unknown])
    expect(awayOf(await called(port)).words.en).toContain('not supported')
  })
})
