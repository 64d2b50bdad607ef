/** Share by which two figures may differ: sums are taken in another order on the two paths. */
const ROUNDING = 1e-9

/** Where two results differ, by path; numbers are equal up to the rounding of sums. Null = they agree. */
export function disagreement(rows: unknown, sql: unknown, path = ''): string | null {
  if (typeof rows === 'number' && typeof sql === 'number') {
    const isNear = Math.abs(rows - sql) <= ROUNDING * Math.max(1, Math.abs(rows), Math.abs(sql))
    return isNear ? null : `${path}: ${rows} and ${sql}`
  }
  if (typeof rows === 'object' && typeof sql === 'object' && rows !== null && sql !== null) {
    const [left, right] = [rows as Record<string, unknown>, sql as Record<string, unknown>]
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = disagreement(left[key], right[key], `${path}.${key}`)
      if (found !== null) return found
    }
    return null
  }
  return rows === sql ? null : `${path}: ${JSON.stringify(rows)} and ${JSON.stringify(sql)}`
}

/** Only the figures of the row path are compared: the SQL path may tell more. */
export function figureDisagreement(rows: Record<string, unknown>, sql: Record<string, unknown>): string | null {
  for (const [key, value] of Object.entries(rows)) {
    const found = disagreement(value, sql[key], key)
    if (found !== null) return found
  }
  return null
}
