/** Days of the plant's main site: its production days, its local dates and its working days. */
import type { SiteDefinition } from '@gemba/contracts/catalog'
import { instancesOfDate, productionDateOf } from '@gemba/engine/time/calendar'
import { addDays, instantOfLocal, localDateOf } from '@gemba/engine/time/local-time'

export class WorkCalendar {
  private readonly site: SiteDefinition
  private readonly known = new Map<string, boolean>()

  constructor(site: SiteDefinition) {
    this.site = site
  }

  /** Local calendar date. */
  dateOf(at: number): string {
    return localDateOf(this.site.timeZone, at)
  }

  productionDateOf(at: number): string {
    return productionDateOf(this.site, at)
  }

  instant(date: string, time: string): number {
    return instantOfLocal(this.site.timeZone, date, time)
  }

  isWorkday(date: string): boolean {
    const known = this.known.get(date)
    if (known !== undefined) return known
    const works = instancesOfDate(this.site, date).length > 0
    this.known.set(date, works)
    return works
  }

  /** The n-th working day after (before, when negative) a date; 0 = the date itself or the next working day. */
  workday(date: string, n: number): string {
    const step = n < 0 ? -1 : 1
    let day = date
    if (n === 0) while (!this.isWorkday(day)) day = addDays(day, 1)
    for (let left = Math.abs(n); left > 0;) {
      day = addDays(day, step)
      if (this.isWorkday(day)) left -= 1
    }
    return day
  }
}
