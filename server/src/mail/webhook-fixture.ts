/** For tests: a webhook over TLS that keeps what it was sent. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeCertificate } from '../http/certificate-fixture.ts'

export interface Webhook {
  readonly url: string
  /** As the configuration names it. */
  readonly host: string
  readonly bodies: string[]
  stop(): Promise<void>
}

/** Its certificate counts as known in this process from then on. */
export async function startWebhook(): Promise<Webhook> {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-webhook-'))
  const { certificate, key } = makeCertificate(folder)
  const cert = readFileSync(certificate, 'utf8')
  const bodies: string[] = []
  const server = createServer({ cert, key: readFileSync(key) }, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(body)
      response.end('{}')
    })
  })
  rmSync(folder, { recursive: true })
  setDefaultCACertificates([...getCACertificates('default'), cert])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `localhost:${(server.address() as AddressInfo).port}`
  return {
    url: `https://${host}/hook`,
    host,
    bodies,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
