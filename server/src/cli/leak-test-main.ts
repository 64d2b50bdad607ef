import { parseArgs } from 'node:util'
import { z } from 'zod'
import { PlatformClient } from './platform-client.ts'

const USAGE = 'npx gemba leak-test --url U --user admin --password P'
const report = z.object({
  cases: z.int(),
  rows: z.int(),
  leaks: z.int(),
  falseDenials: z.int(),
  differences: z.array(z.string()),
})

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, user: { type: 'string' }, password: { type: 'string' } },
  })
  if (!values.url || !values.user || !values.password) throw new Error(`Usage: ${USAGE}`)
  const client = new PlatformClient(values.url)
  await client.signIn(values.user, values.password)
  const { cases, rows, leaks, falseDenials, differences } = report.parse(await client.post('/api/access/leak-test', {}))
  for (const difference of differences) console.log(difference)
  console.log(`${cases} cases over ${rows} rows: ${leaks} leaks, ${falseDenials} false denials`)
  return leaks + falseDenials === 0 && cases > 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
