/** One run of a report in a process of its own: `node run-streamed.ts FOLDER`. Prints CPU, memory, pages and hash. */
import { join } from 'node:path'

type RunWork = typeof import('../../server/src/reports/run-work.ts')
type RowSourceFile = typeof import('../../server/src/reports/row-source.ts')
type StreamedRun = typeof import('../../server/src/reports/streamed-run.ts')

const [dir = ''] = process.argv.slice(2)
// As the product runs: the server compiled.
const built = join(import.meta.dirname, '../../server/dist/reports')
const [{ inputsIn }, { openStream }, { goesBy, makeStreamed }] = (await Promise.all(
  ['run-work.js', 'row-source.js', 'streamed-run.js'].map((file) => import(join(built, file))),
)) as [RunWork, RowSourceFile, StreamedRun]

const before = process.cpuUsage()
const input = await inputsIn(dir)
const stream = goesBy(input) ? await openStream(input) : undefined
if (stream === undefined) throw new Error('the run is made in memory')
const made = await makeStreamed(stream, { dir, input, told: () => undefined })
if (made === undefined) throw new Error('a page is too long')
const { user, system } = process.cpuUsage(before)
const peakMb = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakMb, pages: made.pages, hash: made.contentHash }))
