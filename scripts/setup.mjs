/** Installs the dependencies when the lock file changed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StepFailure, step } from './console.mjs'
import { cacheDir, childEnvironment, npmCli, root } from './node24.mjs'

const NEEDED_INSTALL_BYTES = 2_500_000_000

/** Runs a command quietly; on failure gives its last lines back. */
export function run(command, args, options = {}) {
  return new Promise((resolveRun) => {
    const env = { ...(options.env ?? process.env), NO_COLOR: '1', FORCE_COLOR: undefined }
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options, env })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk.toString()).slice(-20_000)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => resolveRun({ code: 127, output: error.message }))
    child.on('close', (code) => resolveRun({ code: code ?? 1, output }))
  })
}

export function lastLines(text, count = 8) {
  return text.trim().split('\n').slice(-count).join('\n       ')
}

function fingerprint(nodePath) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(nodePath)
    .digest('hex')
}

export function freeBytes(path) {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

export async function setup(nodePath) {
  const stampFile = join(root, 'node_modules', '.gemba-installed')
  const wanted = fingerprint(nodePath)
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return
  if (freeBytes(root) < NEEDED_INSTALL_BYTES) {
    throw new StepFailure(
      'Not enough disk space to install',
      `${(freeBytes(root) / 1e9).toFixed(1)} GB free, 2.5 GB needed`,
      'free some space or move the project to another disk',
    )
  }
  mkdirSync(cacheDir, { recursive: true })
  await step('Install dependencies', async () => {
    const args = [npmCli(), 'ci', '--no-audit', '--no-fund', '--ignore-scripts']
    const { code, output } = await run(nodePath, args, { env: childEnvironment(nodePath) })
    if (code !== 0) {
      throw new StepFailure(
        'Dependencies could not be installed',
        lastLines(output),
        'check the network, the npm registry settings and the free disk space, then run the command again',
      )
    }
    writeFileSync(stampFile, wanted)
  })
}
