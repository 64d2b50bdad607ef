import { runBackup } from './backup.ts'

try {
  process.exitCode = await runBackup(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
