/** For tests: a certificate of its own for this machine, made by the `openssl` command. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const OPENSSL = '/usr/bin/openssl'

/** Whether certificates can be made here. */
export const hasOpenssl = existsSync(OPENSSL)

/** Files in the folder, valid for two days and for `localhost` and 127.0.0.1. */
export function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=gemba-test', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const files = ['-keyout', key, '-out', certificate]
  // An OPC UA server in this process leaves the address of its own settings in the environment.
  execFileSync(OPENSSL, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], {
    stdio: 'ignore',
    env: {},
  })
  return { certificate, key }
}
