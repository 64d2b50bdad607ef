import { runRestore } from './restore.ts'

try {
  process.exitCode = await runRestore(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
