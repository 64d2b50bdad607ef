import type { FieldType } from '@gemba/contracts/template'

/** A cell: what rules compare, and the token that stands for it in JSON with all its digits. */
export interface ReadCell {
  value: string | number | boolean | null
  token: string
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
const NOTHING: ReadCell = { value: null, token: 'null' }

/**
 * A cell from the text of a database. `NaN`, infinite values and dates that are none (`0000-00-00`) are no values;
 * instants get the form of ISO 8601, cut to milliseconds. Dates, local times and instants stay three things.
 */
export function cellOf(text: string | null, type: FieldType): ReadCell {
  if (text === null) return NOTHING
  if (type === 'integer' || type === 'decimal')
    return NUMBER.test(text) ? { value: Number(text), token: text } : NOTHING
  if (type === 'boolean') return { value: text === 't', token: text === 't' ? 'true' : 'false' }
  const value = type === 'text' ? text : momentText(text, type)
  return value === null ? NOTHING : { value, token: JSON.stringify(value) }
}

function momentText(text: string, type: FieldType): string | null {
  if (/^\d{4}-00|^\d{4}-\d{2}-00/.test(text)) return null
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)?(\+00(?::00)?)?$/.exec(text)
  if (match === null) return null
  const milliseconds = (match[3] ?? '').slice(0, 4)
  return type === 'instant' ? `${match[1]}T${match[2]}${milliseconds}Z` : `${match[1]} ${match[2]}${milliseconds}`
}
