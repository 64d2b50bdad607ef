import { type ParameterValues, parameterValues, reportId } from '@gemba/contracts/report'

export interface ReportAddress {
  report: string
  params: ParameterValues
}

/** Parameters in an address: `p` holds them as JSON. What does not keep the contract is left out. */
export function paramsIn(text: unknown): ParameterValues {
  if (typeof text !== 'string') return {}
  try {
    const parsed = parameterValues.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}

/** The report that a link inside a page leads to: an address of this server below `/reports/`. Else null. */
export function reportAt(href: string, origin: string): ReportAddress | null {
  if (!URL.canParse(href, origin)) return null
  const url = new URL(href, origin)
  const match = /^\/reports\/([^/]+)$/.exec(url.pathname)
  if (url.origin !== origin || !match || !reportId.safeParse(match[1]).success) return null
  const plain = [...url.searchParams].filter(([name]) => name !== 'p' && name !== 'run' && name !== 'in')
  return { report: match[1] ?? '', params: { ...Object.fromEntries(plain), ...paramsIn(url.searchParams.get('p')) } }
}

/** Whether a link to a report asks for the panel beside the one that it stands in. */
export const isBeside = (href: string, origin: string): boolean =>
  URL.canParse(href, origin) && new URL(href, origin).searchParams.get('in') === 'panel'

/** Addresses that may be opened beside this page. */
export const isOutside = (href: string): boolean => /^(https?|mailto):/i.test(href)
