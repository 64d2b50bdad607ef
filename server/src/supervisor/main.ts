/** Program of the supervisor; `npm start` ends here. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { currentConfig } from './config.ts'
import { printFailure, supervise } from './supervise.ts'

try {
  await supervise(currentConfig(), resolve(fileURLToPath(new URL('../../..', import.meta.url))))
} catch (error) {
  printFailure(error)
  process.exit(1)
}
