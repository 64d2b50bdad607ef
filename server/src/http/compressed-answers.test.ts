/** Real: an HTTP server with the compression of the product, and a client that takes compressed answers. */
import { once } from 'node:events'
import { type IncomingMessage, type Server, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compressedAnswers } from './compressed-answers.ts'

const LONG = 'a line of a report that says the same again and again\n'.repeat(200)
let server: Server
let release: () => void = () => undefined

beforeAll(async () => {
  const app = express()
  app.use(compressedAnswers())
  app.get('/text', (_request, response) => void response.type('text/plain').send(LONG))
  app.get('/file', (_request, response) => void response.attachment('report.csv').send(LONG))
  const inTwoParts = (first: string) => (_request: express.Request, response: express.Response) => {
    response.setHeader('content-type', first)
    if (first === 'text/csv') response.attachment('rows.csv')
    response.write('first\n')
    // The rest comes when the client has the beginning, and not before.
    release = () => response.end('last\n')
  }
  app.get('/events', inTwoParts('text/event-stream'))
  app.get('/rows', inTwoParts('text/csv'))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())

const asked = async (path: string): Promise<IncomingMessage> => {
  const { port } = server.address() as AddressInfo
  const request = get({ host: '127.0.0.1', port, path, headers: { 'accept-encoding': 'gzip' } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}
const bytesOf = async (response: IncomingMessage): Promise<Buffer> => Buffer.concat(await response.toArray())

it('a long text comes compressed', async () => {
  const response = await asked('/text')
  expect(response.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(await bytesOf(response)).toString()).toBe(LONG)
})

it('a file to keep comes as it is, with its length', async () => {
  const response = await asked('/file')
  expect(response.headers['content-encoding']).toBeUndefined()
  expect(response.headers['content-length']).toBe(String(LONG.length))
  expect((await bytesOf(response)).toString()).toBe(LONG)
})

it.each(['/events', '/rows'])('what comes bit by bit is not held back: %s', async (path) => {
  const response = await asked(path)
  expect(response.headers['content-encoding']).toBeUndefined()
  const [first] = (await once(response, 'data')) as [Buffer]
  expect(first.toString()).toBe('first\n')
  release()
  const [last] = (await once(response, 'data')) as [Buffer]
  expect(last.toString()).toBe('last\n')
})
