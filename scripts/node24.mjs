/**
 * Finds or fetches the Node 24 that everything runs under. The scripts themselves run on any Node ≥ 20; the product
 * needs 24 (native TypeScript, zstd, node:sqlite). npm is run under Node 24 too: under an older Node it silently picks
 * older majors.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StepFailure, step } from './console.mjs'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const cacheDir = join(root, '.cache')

const WANTED = '24.21.0'
const SMALLEST = [24, 12]

const isRecent = (version) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return major > SMALLEST[0] || (major === SMALLEST[0] && minor >= SMALLEST[1])
}

/** The npm command line, run by the given Node. */
export function npmCli() {
  const candidates = [
    process.env.npm_execpath,
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
    '/usr/lib/node_modules/npm/bin/npm-cli.js',
  ]
  const found = candidates.find((path) => path && /npm-cli\.js$/.test(path) && existsSync(path))
  if (!found) {
    throw new StepFailure(
      'npm was not found',
      'none of the usual places holds npm-cli.js',
      'start with "npm start" instead of "node scripts/start.mjs"',
    )
  }
  return found
}

function fetchedNode() {
  const binary = join(
    cacheDir,
    'node24/node_modules',
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    'bin',
    'node',
  )
  return existsSync(binary) ? binary : null
}

async function fetchNode() {
  const platformPackage = `node-${process.platform}-${process.arch}`
  const home = join(cacheDir, 'node24')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'node24', private: true }))
  const result = spawnSync(
    process.execPath,
    [
      npmCli(),
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--no-save',
      '--prefix',
      home,
      `${platformPackage}@${WANTED}`,
    ],
    { cwd: home, encoding: 'utf8', env: { ...process.env, npm_config_workspaces: '', npm_config_global: 'false' } },
  )
  const binary = fetchedNode()
  if (result.status !== 0 || !binary) {
    throw new StepFailure(
      `Node ${WANTED} could not be fetched`,
      (result.stderr || result.error?.message || 'unknown').trim().split('\n').slice(-3).join(' '),
      'check the network or the npm registry settings, or install Node 24 yourself and run the command again',
    )
  }
  return binary
}

/** The path of a Node ≥ 24.12; fetched through npm when the running one is older. */
export async function node24() {
  if (isRecent(process.version)) return process.execPath
  return fetchedNode() ?? (await step(`Fetch Node ${WANTED} (found ${process.version})`, fetchNode))
}

/** Environment in which child programs find Node 24 first. */
export function childEnvironment(nodePath) {
  const separator = process.platform === 'win32' ? ';' : ':'
  const environment = { ...process.env, PATH: `${dirname(nodePath)}${separator}${process.env.PATH ?? ''}` }
  // npm's own variables of the outer call (workspace, prefix, lifecycle) must not steer the inner one.
  for (const name of Object.keys(environment))
    if (/^npm_(lifecycle|package|command|config_(prefix|local_prefix))/.test(name)) delete environment[name]
  return environment
}

export const listDirectory = (path) => (existsSync(path) ? readdirSync(path) : [])
