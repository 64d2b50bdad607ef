import pino from 'pino'

/** The server's log: JSON lines, constant messages, facts as fields. Set up once from the configuration. */
export const log = pino({
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: ['password', 'token', '*.password', '*.token', 'headers.cookie', 'headers.authorization'],
})

export function setLogLevel(level: string): void {
  log.level = level
}
