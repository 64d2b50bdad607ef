/** The system programs that the tests use: installed with apt on Debian as root, else named loudly. */
import { existsSync, readFileSync } from 'node:fs'
import { StepFailure, step, warn } from './console.mjs'
import { lastLines, run } from './setup.mjs'

export const SYSTEM_PACKAGES = [
  { package: 'chromium', present: () => chromiumPath() !== null, use: 'browser tests, PDF' },
  {
    package: 'fonts-noto-cjk',
    present: () => existsSync('/usr/share/fonts/opentype/noto') || existsSync('/usr/share/fonts/noto-cjk'),
    use: 'Chinese text in pictures and PDF',
  },
  {
    package: 'mosquitto',
    present: () => ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].some(existsSync),
    use: 'MQTT tests against a second broker',
  },
  {
    package: 'mariadb-server',
    present: () => ['/usr/sbin/mariadbd', '/usr/sbin/mysqld'].some(existsSync),
    use: 'SQL tests against a second database',
  },
  {
    package: 'slapd',
    present: () => existsSync('/usr/sbin/slapd'),
    use: 'sign-in tests against a directory (LDAP)',
  },
  {
    package: 'openssl',
    present: () => existsSync('/usr/bin/openssl'),
    use: 'certificates for tests of webhooks and of the directory',
  },
  {
    package: 'libreoffice-calc-nogui',
    present: () => ['/usr/bin/soffice', '/usr/bin/libreoffice'].some(existsSync),
    use: 'tests that calculate Excel formulas anew',
  },
]

export function chromiumPath() {
  const candidates = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  return candidates.find((path) => path && existsSync(path)) ?? null
}

function isDebian() {
  return existsSync('/etc/debian_version') && /debian/i.test(readFileSync('/etc/os-release', 'utf8'))
}

async function apt(args) {
  const { code, output } = await run('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (code !== 0)
    throw new StepFailure(
      `apt-get ${args[0]} failed`,
      lastLines(output),
      'check the package sources and the network, then run npm test again',
    )
}

/** Installs what is missing; returns the names that are still missing (only where installing is not ours to do). */
export async function ensureSystemPackages() {
  const missing = SYSTEM_PACKAGES.filter((entry) => !entry.present())
  if (missing.length === 0) return []
  if (!isDebian() || process.getuid?.() !== 0) {
    for (const entry of missing)
      warn(`SKIPPED: ${entry.package} is missing (${entry.use}). Install it to run these tests.`)
    return missing.map((entry) => entry.package)
  }
  await step(`Install ${missing.map((entry) => entry.package).join(', ')}`, async () => {
    await apt(['update'])
    await apt(['install', '-y', '--no-install-recommends', ...missing.map((entry) => entry.package)])
  })
  const still = missing.filter((entry) => !entry.present())
  if (still.length > 0)
    throw new StepFailure(
      'System packages are missing after the installation',
      still.map((entry) => entry.package).join(', '),
      'install them by hand with apt-get',
    )
  return []
}
