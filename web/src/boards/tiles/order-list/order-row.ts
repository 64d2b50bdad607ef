import type { TileData } from '@gemba/contracts/board'
import { unitOfMeasure } from '@gemba/contracts/unit'
import { formatElapsed, formatSpan } from '@gemba/engine/format/durations'
import { fixedDigits, numberText } from '@gemba/engine/format/numbers'
import { formatDate, formatMonthDay } from '@gemba/engine/format/times'
import { unitWord } from '@gemba/engine/format/values'
import type { BoardContext } from '../../board-context.ts'
import type { StateLook } from '../../equipment-states.ts'
import { placeCode, placeName } from '../../place-name.ts'

export type OrderRow = TileData<'order-list'>['orders'][number]
export type Translate = (key: string, facts?: Record<string, string | number>) => string

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

export const RISK_LOOKS: Record<OrderRow['risk'], StateLook> = {
  late: 'alarm',
  'at-risk': 'warn',
  'on-track': 'run',
  'not-reported': 'unknown',
  done: 'run',
  'not-started': 'idle',
}

/** Expected against due: how much too late, or how much is left, in one unit; null without a forecast. */
export function latenessOf(
  slackMs: number | null,
): { isLate: boolean; amount: number; unit: 'days' | 'hours' | 'minutes' } | null {
  if (slackMs === null) return null
  const size = Math.abs(slackMs)
  const isLate = slackMs < 0
  if (size >= 2 * DAY_MS) return { isLate, amount: Math.round(size / DAY_MS), unit: 'days' }
  if (size >= 1.5 * HOUR_MS) return { isLate, amount: Math.round(size / HOUR_MS), unit: 'hours' }
  return { isLate, amount: Math.max(isLate ? 1 : 0, Math.round(size / MINUTE_MS)), unit: 'minutes' }
}

/** Ends of the parts of the bar as shares of the quantity, each at most 1: good, then in process, then scrap. */
export function barOf(order: OrderRow): {
  good: number
  inProcess: number
  scrap: number | null
  planned: number | null
} {
  const share = (pieces: number): number => (order.quantity > 0 ? Math.min(1, pieces / order.quantity) : 0)
  return {
    good: share(order.good),
    inProcess: share(order.good + order.inProcess),
    scrap: order.scrap > 0 ? share(order.good + order.inProcess + order.scrap) : null,
    planned: order.plannedProgress,
  }
}

/** Where an order stands and what holds it, as one line. */
export function situationOf(order: OrderRow, board: BoardContext, t: Translate): string {
  const place =
    order.equipment === null ? '' : placeName(order.equipment, order.equipmentName?.[board.side.value] ?? '')
  if (order.blocking) return blockingText(order, board, t)
  if (order.risk === 'not-started') return t('boards.orders.notStarted', { place })
  const isBehind = order.plannedProgress !== null && order.workProgress < order.plannedProgress - 0.02
  return t(isBehind ? 'boards.orders.behindPlan' : 'boards.orders.onPlan', { place })
}

/** What holds an order up; empty when nothing does. */
export function blockingText({ blocking, blockedBy }: OrderRow, board: BoardContext, t: Translate): string {
  if (!blocking) return ''
  const { facts } = blocking
  const { locale } = board.place.value
  const unit = typeof facts['unit'] === 'string' ? facts['unit'] : ''
  const place = blockedBy ? placeName(unit, blockedBy.name[board.side.value]) : placeCode(unit)
  switch (blocking.kind) {
    case 'stopped':
      return t('boards.orders.stopped', { place, elapsed: elapsedText(board.now.value - Number(facts['sinceAt'])) })
    case 'shortage':
      return t('boards.orders.shortage', {
        ...missingOf(String(facts['component']), Number(facts['missing']), { blockedBy, board }),
      })
    case 'queue':
      return t('boards.orders.queue', { place, hours: fixedDigits(Number(facts['queuedMs']) / HOUR_MS, 1) })
    default:
      return typeof facts['silentMs'] === 'number'
        ? t('boards.orders.notReported', { silence: formatSpan(facts['silentMs'], locale) })
        : t('boards.orders.neverReported')
  }
}

/** `05:42` below an hour, `01:05:42` above. */
function elapsedText(ms: number): string {
  const text = formatElapsed(ms)
  return text.startsWith('00:') ? text.slice(3) : text
}

/** Name of a component and the missing amount in its own unit. */
function missingOf(
  id: string,
  missing: number,
  { blockedBy, board }: { blockedBy: OrderRow['blockedBy']; board: BoardContext },
): { component: string; missing: string } {
  const unit = unitOfMeasure.safeParse(blockedBy?.unit)
  const word = unit.success ? unitWord(unit.data, board.place.value.locale) : (blockedBy?.unit ?? '')
  return { component: blockedBy?.name[board.side.value] ?? id, missing: numberText(fixedDigits(missing), word).text }
}

export function dueText(dueAt: number, board: BoardContext): string {
  return formatMonthDay(formatDate(dueAt, board.place.value.timeZone), board.place.value.locale)
}
