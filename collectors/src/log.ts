import pino from 'pino'

/** JSON lines with constant messages; payloads and secrets never appear. */
export const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime })
