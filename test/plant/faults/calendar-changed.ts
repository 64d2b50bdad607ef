import { calendarSpecials } from '../sites.ts'
import type { OfficeFault } from './office-fault.ts'

/**
 * Nobody has entered the special days of Suzhou when the plant is told to the platform: they follow when its past has
 * been derived without them, days after they have been.
 */
export const calendarChanged: OfficeFault = {
  name: 'calendar-changed',
  at: () => ({}),
  declare: (catalog, { isFirstStart, ...life }) => {
    if (!isFirstStart) return catalog
    const specials = new Set(calendarSpecials(life).map(({ name, from }) => `${name.en} ${from}`))
    const sites = catalog.sites.map((site) => ({
      ...site,
      exceptions: site.exceptions.filter(({ name, from }) => !specials.has(`${name.en} ${from}`)),
    }))
    return { ...catalog, sites }
  },
}
