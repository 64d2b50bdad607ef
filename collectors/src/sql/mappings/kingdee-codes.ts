/** Words of an ERP in Kingdee's manner, and its naive local times. */
import { instantOfWallClock } from '../local-time.ts'
import type { MappingContext } from '../mapping.ts'

/** Documents `h` that have happened, or had until they were opened again for review or cancelled. */
export const WAS_APPROVED = "h.fdocumentstatus IN ('C', 'D')"

/** Only approved documents that were not cancelled have happened: what was read of others is withdrawn. */
export const WITHDRAWN = "CASE WHEN h.fdocumentstatus = 'C' AND h.fcancelstatus = 'A' THEN '' ELSE 'X' END AS deleted"

/** The instant of a naive time such as `2026-11-21 08:00:00`; null when it is none. */
export function instantOfNaive(context: MappingContext, text: string | null | undefined): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})/.exec(text ?? '')
  if (!match) return null
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number)
  return instantOfWallClock(
    context.timeZone,
    Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour ?? 0, minute ?? 0, second ?? 0),
  )
}

export const dateOfNaive = (text: string | null | undefined): string | null =>
  /^\d{4}-\d{2}-\d{2}/.exec(text ?? '')?.[0] ?? null

/** The state of stock by the system's own codes. */
export const STATUS_WORDS = {
  KCZT01_SYS: 'unrestricted',
  KCZT02_SYS: 'inspection',
  KCZT03_SYS: 'blocked',
} as const

export const statusOf = (code: string | null | undefined): 'unrestricted' | 'inspection' | 'blocked' | 'unknown' =>
  Object.hasOwn(STATUS_WORDS, code ?? '') ? STATUS_WORDS[code as keyof typeof STATUS_WORDS] : 'unknown'
