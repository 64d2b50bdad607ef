export const FORMATS = ['json', 'html', 'xlsx', 'pdf', 'png', 'csv'] as const
export type ReportFormat = (typeof FORMATS)[number]

/** What `gemba report render` is asked to do. */
export interface ReportOptions {
  template: string
  format: ReportFormat
  out: string
  data: [name: string, file: string][]
  params: Record<string, string>
  /** Templates of sub-reports by the id that cells name; others are looked for beside the template. */
  subs: Record<string, string>
  locale: 'zh-CN' | 'en' | undefined
  encoding: 'utf-8' | 'gb18030'
  timeZone: string | undefined
}

interface Values {
  data?: string[] | undefined
  param?: string[] | undefined
  sub?: string[] | undefined
  format?: string | undefined
  out?: string | undefined
  locale?: string | undefined
  encoding?: string | undefined
  'time-zone'?: string | undefined
}

/** Options as given, or the first thing that is wrong with them. */
export function readReportOptions(
  [verb, template, ...more]: readonly string[],
  values: Values,
): ReportOptions | { problem: string } {
  if (verb !== 'render' || template === undefined || more.length > 0)
    return { problem: verb === 'render' ? 'One template file is needed.' : 'Say what to do: render.' }
  const { out, locale, encoding = 'utf-8' } = values
  if (out === undefined) return { problem: '--out FILE is needed.' }
  const format = values.format ?? /\.([a-z]+)$/.exec(out)?.[1]
  if (!isOneOf(FORMATS, format)) return { problem: `--format must be one of: ${FORMATS.join(', ')}` }
  if (locale !== undefined && locale !== 'zh-CN' && locale !== 'en') return { problem: '--locale is zh-CN or en.' }
  if (encoding !== 'utf-8' && encoding !== 'gb18030') return { problem: '--encoding is utf-8 or gb18030.' }
  const timeZone = values['time-zone']
  if (timeZone !== undefined && !isTimeZone(timeZone)) return { problem: `--time-zone ${timeZone} is no time zone.` }
  const data = pairs(values.data)
  const params = pairs(values.param)
  if (data === undefined) return { problem: '--data is written NAME=FILE.' }
  if (params === undefined) return { problem: '--param is written NAME=VALUE.' }
  const subs = pairs(values.sub)
  if (subs === undefined) return { problem: '--sub is written NAME=FILE.' }
  const named = { params: Object.fromEntries(params), subs: Object.fromEntries(subs) }
  return { template, format, out, data, ...named, locale, encoding, timeZone }
}

const isOneOf = <T extends string>(words: readonly T[], word: string | undefined): word is T =>
  (words as readonly string[]).includes(word ?? '')

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

/** `name=value` pairs; the first equals sign separates. Undefined if one of them has none. */
function pairs(texts: readonly string[] = []): [string, string][] | undefined {
  const result = texts.map((text): [string, string] => [
    text.slice(0, text.indexOf('=')),
    text.slice(text.indexOf('=') + 1),
  ])
  return texts.some((text) => text.indexOf('=') < 1) ? undefined : result
}
