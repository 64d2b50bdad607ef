/** One door for every kind of source; each kind is loaded only when a source of it exists. */
import { join } from 'node:path'
import type { SourceSettings } from '@gemba/contracts/source'
import type { Sink } from './sink.ts'
import type { RunningSource } from './source.ts'

/** Points that a source feeds by name; points of templates are learned as they come. */
export function pointsOf(settings: SourceSettings): string[] {
  if (settings.kind === 'opcua') return settings.items.map((item) => item.point)
  if (settings.kind === 'sparkplug') return settings.metrics.map((metric) => metric.point)
  if (settings.kind === 'mqtt') return settings.rules.map((rule) => rule.point).filter((point) => !point.includes('{'))
  return []
}

/** Begins to collect. `null` where there is nothing to collect. */
export async function startSource(
  settings: SourceSettings,
  sink: Sink,
  spoolDir: string,
): Promise<RunningSource | null> {
  switch (settings.kind) {
    case 'opcua': {
      const { startOpcua } = await import('./opcua/opcua-source.ts')
      return startOpcua(settings, sink, join(spoolDir, 'opcua-pki'))
    }
    case 'mqtt': {
      const { startMqtt } = await import('./mqtt/mqtt-source.ts')
      return startMqtt(settings, sink)
    }
    case 'sparkplug': {
      const { startSparkplug } = await import('./sparkplug/sparkplug-source.ts')
      return startSparkplug(settings, sink)
    }
    case 'sql': {
      const { startSql } = await import('./sql/sql-source.ts')
      return startSql(settings, sink)
    }
    case 'push':
      return null
  }
}
