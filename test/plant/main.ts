import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { catalogDocument } from '@gemba/contracts/catalog'
import { catalogOf } from './catalog.ts'
import { ControlFile } from './control-file.ts'
import { faultNames, withDeclarations } from './faults/faults.ts'
import { MailSink } from './mail-sink.ts'
import { MemoryFile } from './memory-file.ts'
import { Plant } from './plant.ts'

const STOP_WITHIN_MS = 3_500

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    set: { type: 'string', default: 'reference' },
    'history-days': { type: 'string', default: '30' },
    'server-url': { type: 'string', default: 'http://127.0.0.1:8080' },
    faults: { type: 'string', default: '' },
    seed: { type: 'string', default: '20261121' },
    'catalog-only': { type: 'boolean', default: false },
  },
})

if (!values.data || (values.set !== 'reference' && values.set !== 'nervous')) {
  process.stderr.write(
    'usage: main.ts --data DIR [--set reference|nervous] [--history-days N] [--server-url URL] [--seed N] [--faults all|NAME,…]\n',
  )
  process.exit(2)
}
const dataDir = resolve(values.data)
mkdirSync(dataDir, { recursive: true })
const tell = (message: Record<string, unknown>): void => {
  if (process.send) process.send(message)
  else process.stdout.write(`${JSON.stringify(message)}\n`)
}

const memory = await MemoryFile.open(dataDir, {
  seed: Number(values.seed),
  set: values.set,
  historyDays: Number(values['history-days']),
  nowAt: Date.now(),
  faults: faultNames(values.faults),
})
const file = join(dataDir, 'catalog.json')
const { calendarSet, connections, hasSpecialDays, epochAt, toldAt, spokenAt, faults = [] } = memory.memory
const catalog = catalogOf(calendarSet, connections, hasSpecialDays ? { epochAt, toldAt } : undefined)
const isFirstStart = spokenAt === epochAt
function tellCatalog(isAtFirst: boolean): void {
  const document = catalogDocument.parse(
    withDeclarations(catalog, faults, { epochAt, toldAt, isFirstStart: isAtFirst }),
  )
  writeFileSync(`${file}.new`, JSON.stringify(document, null, 1), { mode: 0o600 })
  renameSync(`${file}.new`, file)
  tell({ type: 'catalog-ready', file })
}
tellCatalog(isFirstStart)
if (values['catalog-only']) process.exit(0)

const sink = await MailSink.start(join(dataDir, 'mail'))
const plant = new Plant({
  dataDir,
  serverUrl: values['server-url'],
  token: process.env['GEMBA_COLLECTOR_TOKEN'] ?? '',
  memory,
  tell,
})
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  control.end()
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
  await Promise.all([plant.stop(), sink.stop()])
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
process.on('disconnect', () => void stop())
process.on('message', (message) => {
  if ((message as { type?: string }).type === 'stop') void stop()
})
const control = new ControlFile(join(dataDir, 'control.json'), (action, part) => plant.control(action, part))
await plant.start()
// What somebody forgot is entered when the past has long been told.
if (isFirstStart && !stopping) tellCatalog(false)
control.follow()
