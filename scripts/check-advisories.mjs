/**
 * Asks the registry for known weaknesses of the installed production packages. Fails on a high or critical one. A
 * registry without that service, or no network, is said loudly and fails nothing: a plant may have neither.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { say } from './console.mjs'
import { childEnvironment, node24, npmCli } from './node24.mjs'
import { run } from './setup.mjs'

const WAIT_MS = 30_000
const FAILING = ['high', 'critical']

/** Advisories that were read and do not concern us: id → why. Each is looked at again with every release. */
const READ_BY_HAND = JSON.parse(readFileSync(join(import.meta.dirname, 'advisories-read.json'), 'utf8'))

/** What the output of `npm audit --json` says. `answered` is false when the registry did not answer. */
export function judge(output, readByHand = READ_BY_HAND) {
  let report
  try {
    report = JSON.parse(output)
  } catch {
    return { answered: false, why: output.trim().split('\n').at(-1) || 'no answer', bad: [], others: 0 }
  }
  if (!report.vulnerabilities || !report.metadata)
    return { answered: false, why: report.message ?? report.error?.summary ?? 'no audit service', bad: [], others: 0 }
  const found = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === 'object'),
  )
  const unread = [...new Map(found.map((each) => [each.url, each])).values()].filter(({ url }) => !(url in readByHand))
  const bad = unread.filter(({ severity }) => FAILING.includes(severity))
  return { answered: true, why: null, bad, others: unread.length - bad.length }
}

/** npm writes its warnings around the document. */
const documentOf = (output) => output.slice(Math.max(0, output.indexOf('{')), output.lastIndexOf('}') + 1) || output

async function main() {
  const nodePath = await node24()
  const args = [npmCli(), 'audit', '--omit=dev', '--json', '--fetch-retries=0', `--fetch-timeout=${WAIT_MS}`]
  const { output } = await run(nodePath, args, { env: childEnvironment(nodePath), timeout: WAIT_MS * 2 })
  const { answered, why, bad, others } = judge(documentOf(output))
  if (!answered) {
    say(`! ADVISORIES NOT CHECKED: the registry gave no answer (${String(why).slice(0, 160)})`)
    return 0
  }
  for (const { name, severity, title, url } of bad) say(`✗ ${severity}: ${name}: ${title} ${url}`)
  say(`${bad.length === 0 ? '✓' : '✗'} advisories: ${bad.length} high or critical, ${others} lower`)
  return bad.length === 0 ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main()
