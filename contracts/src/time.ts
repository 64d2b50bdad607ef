import { z } from 'zod'

/**
 * An instant as integer milliseconds since 1970-01-01T00:00:00Z. Used on streams: readings, ingest
 * lines, socket messages and series inside tile data. Range: 2000-01-01 … 2100-01-01.
 */
export const instantMs = z.int().min(946_684_800_000).max(4_102_444_800_000)
export type InstantMs = z.infer<typeof instantMs>

/** An instant as ISO 8601 text in UTC with milliseconds, e.g. `2026-11-20T05:30:24.123Z`. Used in REST answers. */
export const instantText = z.iso.datetime({ offset: false, precision: 3 })
export type InstantText = z.infer<typeof instantText>

/** A local calendar date `YYYY-MM-DD`; a production date belongs to the site whose calendar made it. */
export const localDate = z.iso.date()
export type LocalDate = z.infer<typeof localDate>

/** A local wall-clock time `HH:MM` of a site. */
export const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/)
export type LocalTime = z.infer<typeof localTime>

/** A half-open range `[fromAt, toAt)` of instants, `fromAt < toAt`. */
export const timeRange = z
  .object({ fromAt: instantMs, toAt: instantMs })
  .refine((range) => range.fromAt < range.toAt, { error: 'fromAt must be before toAt' })
export type TimeRange = z.infer<typeof timeRange>
