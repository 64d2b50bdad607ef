/** Builds the server and the web application, only what changed since the last build. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StepFailure, runMain, step } from './console.mjs'
import { childEnvironment, node24, root } from './node24.mjs'
import { lastLines, run, setup } from './setup.mjs'

const TARGETS = [
  {
    name: 'server',
    inputs: [
      'server/src',
      'contracts/src',
      'engine/src',
      'server/tsconfig.json',
      'tsconfig.base.json',
      'package-lock.json',
    ],
    output: 'server/dist/main.js',
    command: ['node_modules/typescript/bin/tsc', '-p', 'server', '--noCheck'],
  },
  {
    name: 'web',
    inputs: [
      'web/src',
      'web/public',
      'web/index.html',
      'web/vite.config.ts',
      'contracts/src',
      'engine/src',
      'package-lock.json',
    ],
    output: 'web/dist/index.html',
    command: ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'],
  },
]

function* filesUnder(path) {
  if (!existsSync(path)) return
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const full = join(path, entry.name)
    if (entry.isDirectory()) yield* filesUnder(full)
    else if (!/\.(test|medium\.test)\.ts$/.test(entry.name)) yield full
  }
}

function fingerprint(target) {
  const hash = createHash('sha256').update(target.command.join(' '))
  for (const input of target.inputs) {
    const full = join(root, input)
    if (!existsSync(full)) continue
    const files = /\.[a-z]+$/.test(input) ? [full] : [...filesUnder(full)]
    for (const file of files) hash.update(relative(root, file)).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** Builds one target when its inputs or its output changed. */
async function buildTarget(target, nodePath) {
  const stampFile = join(root, '.cache', `built-${target.name}`)
  const wanted = fingerprint(target)
  if (existsSync(join(root, target.output)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted)
    return
  await step(`Build ${target.name}`, async () => {
    const environment = { ...childEnvironment(nodePath), NODE_ENV: 'production' }
    const { code, output } = await run(nodePath, target.command, { env: environment })
    if (code !== 0 || !existsSync(join(root, target.output))) {
      throw new StepFailure(
        `The ${target.name} could not be built`,
        lastLines(output, 20),
        'mend the named lines, or go back to the last good commit',
      )
    }
    mkdirSync(join(root, '.cache'), { recursive: true })
    writeFileSync(stampFile, wanted)
  })
}

export async function build(nodePath) {
  await Promise.all(TARGETS.map((target) => buildTarget(target, nodePath)))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(async () => {
    const nodePath = await node24()
    await setup(nodePath)
    await build(nodePath)
  })
}
