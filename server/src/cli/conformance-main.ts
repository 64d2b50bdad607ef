import { existsSync } from 'node:fs'
import { conformance } from './conformance.ts'

const directory = process.argv[2]
if (!directory || !existsSync(directory)) {
  console.error(directory ? `The folder ${directory} does not exist.` : 'Usage: npx gemba conformance DIR')
  process.exitCode = 2
} else {
  const { passed, failed, lines } = await conformance(directory)
  for (const line of lines) console.log(line)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1
}
