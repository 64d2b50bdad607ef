import { createApplication } from './application.ts'
import { CatalogService } from './catalog/catalog.service.ts'
import { currentConfig } from './config.ts'
import { log, setLogLevel } from './http/log.ts'

/** A graceful end takes no longer than this. */
const STOP_WITHIN_MS = 4_000

async function main(): Promise<void> {
  const config = currentConfig()
  setLogLevel(config.logLevel)
  const app = await createApplication(config)
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref())
  // The document of the catalog has changed since the start: it is read again, and refused like any other.
  process.on('message', (message: unknown) => {
    if ((message as { type?: unknown } | null)?.type !== 'provision' || !config.provisionFile) return
    app
      .get(CatalogService)
      .importFile(config.provisionFile)
      .catch((error: unknown) => log.error({ err: error }, 'the catalog could not be imported again'))
  })
  await app.listen(config.port, config.host)
  log.info({ port: config.port, host: config.host }, 'server listens')
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, 'server could not start')
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
