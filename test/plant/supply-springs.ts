/**
 * The planted story of the spring: use of 26 000 a working day with deviation 3 100, lead time of 6 working days with
 * deviation 1, and one receipt that its supplier puts off. The whole course is known beforehand, because the service
 * packs fill each day up to its target.
 */
import { addDays } from '@gemba/engine/time/local-time'
import type { SupplyDesk } from './supply-desk.ts'

export const SPRING_PLAN = {
  dailyDemand: 26_000,
  dailyDemandDeviation: 3_100,
  leadTimeDays: 6,
  leadTimeDeviationDays: 1,
  serviceLevel: 0.95,
} as const
export const SPRING_REORDER_POINT = 200_552
const LOT = 6 * SPRING_PLAN.dailyDemand
const FARTHEST_DEVIATION = 2.3
/** What stays when the day of shortage ends, so that assembly lives until the late goods come. */
export const SPRING_REST = 2_000
const LEAST_AT_RECEIPT = 6_000
const DAYS = 700
/** Calendar days from the first day to the shortage. */
const SHORTAGE_AFTER_DAYS = 31
const OPENINGS = { from: 40_000, to: 230_000, step: 250 }

export interface SpringOrder {
  readonly orderedOn: string
  readonly promisedOn: string
  readonly arrivesOn: string
  /** The day on which the supplier says that it will be late; null = it is not. */
  readonly warnedOn: string | null
}

export interface SpringPlan {
  readonly opening: number
  readonly orders: ReadonlyMap<string, SpringOrder>
  readonly targets: ReadonlyMap<string, number>
  readonly warnedOn: string
  readonly shortageOn: string
}

interface Course {
  readonly starts: number[]
  readonly orders: { ordered: number; promised: number; arrives: number }[]
}

export function springPlan(desk: SupplyDesk, firstDate: string): SpringPlan {
  const days = [desk.calendar.workday(firstDate, 0)]
  while (days.length < DAYS) days.push(desk.calendar.workday(days.at(-1) as string, 1))
  const targets = days.map((_, index) => {
    // Every other day mirrors the one before: the mean holds in every stretch, not only in the long run.
    const drawn = desk.normal(`spring:${days[index - (index % 2)]}`) * (index % 2 === 0 ? 1 : -1)
    const z = Math.max(-FARTHEST_DEVIATION, Math.min(FARTHEST_DEVIATION, drawn))
    return Math.round(SPRING_PLAN.dailyDemand + SPRING_PLAN.dailyDemandDeviation * z)
  })
  const leads = days.map((day) => Math.max(4, Math.min(8, Math.round(6 + desk.normal(`lead:${day}`)))))
  const earliest = days.findIndex((day) => day >= addDays(firstDate, SHORTAGE_AFTER_DAYS))
  for (let shortage = earliest; shortage < earliest + 12; shortage += 1) {
    for (let opening = OPENINGS.from; opening <= OPENINGS.to; opening += OPENINGS.step) {
      const course = courseOf(opening, { targets, leads }, { shortage, days: shortage + 2 })
      if (course && isPlanted(course, shortage)) return planOf(opening, { days, targets, leads }, shortage)
    }
  }
  throw new Error('no opening stock of springs leads to the planted shortage')
}

function planOf(
  opening: number,
  world: { days: string[]; targets: number[]; leads: number[] },
  shortage: number,
): SpringPlan {
  const { days, targets } = world
  const day = (index: number): string => days[Math.min(index, days.length - 1)] as string
  const course = courseOf(opening, world, { shortage, days: DAYS - 10 }) as Course
  const orders = course.orders.map(({ ordered, promised, arrives }): SpringOrder => ({
    orderedOn: day(ordered),
    promisedOn: day(promised),
    arrivesOn: day(arrives),
    warnedOn: arrives <= promised ? null : arrives === shortage + 1 ? day(shortage - 2) : day(promised - 1),
  }))
  return {
    opening,
    orders: new Map(orders.map((order) => [order.orderedOn, order])),
    targets: new Map(days.map((each, index) => [each, targets[index] as number])),
    warnedOn: day(shortage - 2),
    shortageOn: day(shortage),
  }
}

/** Day by day: an order when stock and open orders reach the reorder point; null when a day would go short unplanned. */
function courseOf(
  opening: number,
  { targets, leads }: { targets: readonly number[]; leads: readonly number[] },
  { shortage, days }: { shortage: number; days: number },
): Course | null {
  const course: Course = { starts: [opening], orders: [] }
  let planted = false
  for (let index = 0; index < days; index += 1) {
    const stock = course.starts[index] as number
    const open = course.orders.filter((order) => order.arrives >= index).length * LOT
    if (stock + open <= SPRING_REORDER_POINT) {
      const promised = index + SPRING_PLAN.leadTimeDays
      const isPlantedOne: boolean = !planted && promised >= shortage - 2 && promised <= shortage
      planted ||= isPlantedOne
      const arrives = isPlantedOne
        ? shortage + 1
        : latestSafe(course, index, { targets, lead: leads[index] as number, shortage })
      course.orders.push({ ordered: index, promised, arrives })
    }
    const use = index === shortage ? stock - SPRING_REST : (targets[index] as number)
    const arrived = course.orders.filter((order) => order.arrives === index).length * LOT
    if (stock + arrived < use) return null
    course.starts.push(stock + arrived - use)
  }
  return course
}

/** The drawn lead time, cut so that no day before the arrival runs short. */
function latestSafe(
  course: Course,
  index: number,
  { targets, lead, shortage }: { targets: readonly number[]; lead: number; shortage: number },
): number {
  let stock = course.starts[index] as number
  for (let day = index; day < index + lead; day += 1) {
    stock += course.orders.filter((order) => order.arrives === day).length * LOT
    if (day === shortage) {
      stock = SPRING_REST
      continue
    }
    stock -= targets[day] as number
    if (stock < LEAST_AT_RECEIPT) return day
  }
  return index + lead
}

function isPlanted({ starts, orders }: Course, shortage: number): boolean {
  const between = (value: number | undefined, low: number, high: number): boolean =>
    value !== undefined && value >= low && value <= high
  const late = orders.filter((order) => order.arrives === shortage + 1)
  const others = orders.filter((order) => order.arrives !== shortage + 1)
  return (
    late.length === 1 &&
    between(starts[shortage - 2], 53_000, 77_000) &&
    between(starts[shortage - 1], 27_500, 50_500) &&
    between(starts[shortage], 22_500, 25_000) &&
    others.every((order) => order.arrives < shortage - 2 || order.arrives > shortage) &&
    others.every((order) => order.promised < shortage - 2 || order.promised > shortage)
  )
}
