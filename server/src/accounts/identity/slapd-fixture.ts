/** For tests: an OpenLDAP server (Debian `slapd`) with a few people, in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../../http/certificate-fixture.ts'

export const DIRECTORY = {
  base: 'ou=people,dc=example,dc=com',
  groupBase: 'ou=groups,dc=example,dc=com',
  reader: 'cn=reader,dc=example,dc=com',
  readerPassword: 'reader-password',
}

const PEOPLE = `dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,dc=example,dc=com
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: reader-password

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: uid=sun.li,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: sun.li
cn: Sun Li
sn: Sun
userPassword: directory-password-1

dn: uid=guest,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: guest
cn: Guest
sn: Guest
userPassword: directory-password-2

dn: cn=quality-engineers,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: quality-engineers
member: uid=sun.li,ou=people,dc=example,dc=com
`

export interface RunningDirectory {
  readonly url: string
  readonly caFile: string
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.once('connect', () => socket.end())
  })
}

function write(folder: string): { config: string; caFile: string } {
  const { certificate, key } = makeCertificate(folder)
  const config = join(folder, 'slapd.conf')
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const lines = [
    ...schemas,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `pidfile ${folder}/slapd.pid`,
    `TLSCertificateFile ${certificate}`,
    `TLSCertificateKeyFile ${key}`,
    'disallow bind_anon',
    'database mdb',
    'suffix "dc=example,dc=com"',
    `directory ${folder}/db`,
    'maxsize 10485760',
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by dn.exact="cn=reader,dc=example,dc=com" read by * none',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  mkdirSync(join(folder, 'db'))
  return { config, caFile: certificate }
}

export async function startDirectory(): Promise<RunningDirectory> {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-slapd-'))
  const { config, caFile } = write(folder)
  execFileSync('/usr/sbin/slapadd', ['-f', config], { input: PEOPLE, stdio: ['pipe', 'ignore', 'pipe'] })
  const port = await freePort()
  const url = `ldap://127.0.0.1:${port}`
  const child: ChildProcess = spawn('/usr/sbin/slapd', ['-f', config, '-h', `${url}/`, '-d', '0'], { stdio: 'ignore' })
  const deadline = Date.now() + 20_000
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('slapd did not start')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, caFile, stop }
}
