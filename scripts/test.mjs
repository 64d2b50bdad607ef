/**
 * `npm test`: lint, types, architecture, unit, medium, flow and browser tests. Every stage runs even when an earlier one
 * failed, so that one run tells everything; the last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from './build.mjs'
import { runMain, say, step } from './console.mjs'
import { childEnvironment, node24, root } from './node24.mjs'
import { setup } from './setup.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

const resultsDir = join(root, 'test-results')

const tool = (path, ...args) => [join(root, 'node_modules', path), ...args]
const vitest = (project) =>
  tool(
    'vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(resultsDir, `${project}.json`)}`,
  )

const STAGES = [
  {
    name: 'lint',
    commands: [
      tool('eslint/bin/eslint.js', '.', '--max-warnings', '0', '--concurrency', '2'),
      tool('prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn'),
      [join(root, 'scripts/check-advisories.mjs')],
    ],
  },
  {
    name: 'types',
    commands: [
      // The longest first: at the end neither core waits for the other.
      tool('typescript/bin/tsc', '-p', 'server', '--noEmit', '--incremental', 'false'),
      tool('vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'web'),
      ...['test', 'collectors', 'engine', 'contracts'].map((project) => tool('typescript/bin/tsc', '-p', project)),
    ],
  },
  {
    name: 'architecture',
    commands: [
      tool(
        'dependency-cruiser/bin/dependency-cruiser.mjs',
        '--config',
        '.dependency-cruiser.mjs',
        'contracts',
        'engine',
        'collectors',
        'server/src',
        'web/src',
        'test',
      ),
    ],
  },
  { name: 'unit', commands: [vitest('unit')], json: ['unit'] },
  { name: 'web', commands: [vitest('web')], json: ['web'] },
  { name: 'medium', commands: [vitest('medium')], json: ['medium'] },
  { name: 'flows', commands: [vitest('flows')], json: ['flows'] },
  {
    name: 'browser',
    commands: [tool('@playwright/test/cli.js', 'test', '--config', 'test/browser/playwright.config.ts')],
    environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(resultsDir, 'browser.json') },
    json: ['browser'],
  },
]

/** Runs a program; what it says is shown as it comes, or in one piece at its end where others run beside it. */
function runProgram(nodePath, args, { environment = {}, isAlone = true }) {
  return new Promise((resolveRun) => {
    const env = { ...childEnvironment(nodePath), TZ: 'America/St_Johns', GEMBA_TEST: '1', ...environment }
    const output = isAlone ? 'inherit' : 'pipe'
    const child = spawn(nodePath, args, { cwd: root, stdio: ['ignore', output, output], env })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk))
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(said))
      resolveRun(code ?? 1)
    })
  })
}

/** Exit codes of the commands of a stage, in their order. Compilers and linters keep one core busy each: two at a time. */
async function runCommands(stage, nodePath) {
  const codes = []
  const waiting = stage.commands.entries()
  const isAlone = stage.commands.length === 1
  const lane = async () => {
    for (const [index, args] of waiting)
      codes[index] = await runProgram(nodePath, args, { environment: stage.environment, isAlone })
  }
  await Promise.all([lane(), lane()])
  return codes
}

/** First lines of what a test said when it failed, without colours and without the frames of the runner. */
function firstLines(text) {
  const plain = String(text).replaceAll(/\u001b\[[0-9;]*m/g, '')
  return plain
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('node_modules'))
    .slice(0, 12)
}

const failuresOfVitest = (report) =>
  report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    const ofTests = failed.map((test) => ({ name: test.fullName, said: test.failureMessages.join('\n') }))
    const ofFile = file.status === 'failed' && failed.length === 0 ? [{ name: '', said: file.message }] : []
    return [...ofTests, ...ofFile].map((failure) => ({ file: relative(root, file.name), ...failure }))
  })

function failuresOfPlaywright(suite) {
  const here = (suite.specs ?? [])
    .filter((spec) => !spec.ok)
    .map((spec) => {
      const errors = spec.tests.flatMap((test) => test.results).flatMap((result) => result.errors ?? [])
      return { file: spec.file, name: spec.title, said: errors.map((error) => error.message).join('\n') }
    })
  return [...here, ...(suite.suites ?? []).flatMap(failuresOfPlaywright)]
}

/** What failed, once more and last: whoever reads the end of a long log must not have to search for it. */
function sayFailures(stage) {
  for (const name of stage.json ?? []) {
    const file = join(resultsDir, `${name}.json`)
    if (!existsSync(file)) continue
    const report = JSON.parse(readFileSync(file, 'utf8'))
    const failures = report.testResults ? failuresOfVitest(report) : failuresOfPlaywright(report)
    for (const failure of failures) {
      say(`\n✗ ${failure.file} › ${failure.name}`)
      for (const line of firstLines(failure.said)) say(`    ${line}`)
    }
  }
}

/** Passed and failed tests of a stage: counted from its report, or one per command where there is none. */
function countResults(stage, codes) {
  if (!stage.json)
    return { passed: codes.filter((code) => code === 0).length, failed: codes.filter((code) => code !== 0).length }
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const name of stage.json) {
    const file = join(resultsDir, `${name}.json`)
    if (!existsSync(file)) return { passed: 0, failed: 1 }
    const report = JSON.parse(readFileSync(file, 'utf8'))
    total.passed += report.numPassedTests ?? report.stats?.expected ?? 0
    total.failed += report.numFailedTests ?? (report.stats ? report.stats.unexpected + report.stats.flaky : 0)
    total.skipped += report.numPendingTests ?? report.stats?.skipped ?? 0
  }
  const crashed = codes.some((code) => code !== 0) && total.failed === 0
  return { ...total, failed: total.failed + (crashed ? 1 : 0) }
}

async function runStage(stage, nodePath) {
  const startedAt = performance.now()
  say(`\n── ${stage.name} ${'─'.repeat(60 - stage.name.length)}`)
  const codes = await runCommands(stage, nodePath)
  const counts = countResults(stage, codes)
  const broken = stage.commands.filter((_, index) => codes[index] !== 0).map(([path]) => relative(root, path))
  return { name: stage.name, broken, ...counts, seconds: (performance.now() - startedAt) / 1000 }
}

await runMain(async () => {
  const only = process.argv.slice(2)
  const nodePath = await node24()
  await setup(nodePath)
  const missing = await ensureSystemPackages()
  await step('Build', () => build(nodePath))
  rmSync(resultsDir, { recursive: true, force: true })
  mkdirSync(resultsDir, { recursive: true })
  const results = []
  for (const stage of STAGES) {
    if (only.length > 0 && !only.includes(stage.name)) continue
    if (stage.name === 'browser' && missing.includes('chromium')) continue
    results.push(await runStage(stage, nodePath))
  }
  for (const { name, broken } of results) if (broken.length > 0) say(`\n✗ ${name}: ${broken.join(', ')}`)
  for (const stage of STAGES) sayFailures(stage)
  say('\n── summary ──────────────────────────────────────────────────')
  for (const { name, passed, failed, skipped, seconds } of results) {
    say(
      `${failed === 0 ? '✓' : '✗'} ${name.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${skipped ? `${skipped} skipped ` : ''}(${seconds.toFixed(0)} s)`,
    )
  }
  if (missing.length > 0) say(`! skipped what needs: ${missing.join(', ')}`)
  const sum = (key) => results.reduce((total, result) => total + (result[key] ?? 0), 0)
  say(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
})
