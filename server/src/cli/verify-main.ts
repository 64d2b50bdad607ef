import { parseArgs } from 'node:util'
import { verify } from './verify.ts'

const USAGE = 'npx gemba verify --url U --user admin --password P --ledger FILE [--from T] [--to T]'

function instant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (!Number.isFinite(at))
    throw new Error(`--${name} ${text} is not an instant (ISO 8601 with offset, or milliseconds)`)
  return at
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      ledger: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
    },
  })
  if (!values.url || !values.user || !values.password || !values.ledger) throw new Error(`Usage: ${USAGE}`)
  const fromAt = instant('from', values.from)
  const toAt = instant('to', values.to)
  const { passed, failed } = await verify({
    url: values.url,
    user: values.user,
    password: values.password,
    ledger: values.ledger,
    ...(fromAt === undefined ? {} : { fromAt }),
    ...(toAt === undefined ? {} : { toAt }),
    nowAt: Date.now(),
    print: (line) => console.log(line),
  })
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
