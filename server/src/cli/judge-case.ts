/** Absolute tolerance of numbers: one for all, or by output key with `*` as default. None means equal. */
export type Tolerance = number | Record<string, number> | undefined

/** A KPI case as it stands in its file. */
export interface KpiCaseFile {
  readonly kpi: string
  readonly inputs: unknown
  readonly expected: Record<string, unknown>
  readonly tolerance?: Tolerance
}

/** Where outputs differ from what a case expects, by path; empty = they agree. Keys it does not expect are not compared. */
export function judgeOutputs(
  { expected, tolerance }: Pick<KpiCaseFile, 'expected' | 'tolerance'>,
  outputs: Record<string, unknown>,
): string[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    if (!Object.hasOwn(outputs, key)) return [`${key} is not computed`]
    return differences(key, { expected: value, actual: outputs[key] }, toleranceOf(tolerance, key))
  })
}

function toleranceOf(tolerance: Tolerance, key: string): number {
  if (typeof tolerance === 'number') return tolerance
  return tolerance?.[key] ?? tolerance?.['*'] ?? 0
}

/** Where two JSON values differ, by path. */
function differences(path: string, pair: { expected: unknown; actual: unknown }, tolerance: number): string[] {
  const { expected, actual } = pair
  if (typeof expected === 'number' && typeof actual === 'number') {
    return Math.abs(expected - actual) <= tolerance ? [] : [`${path} is ${actual}, expected ${expected} ± ${tolerance}`]
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return [`${path} has ${actual.length} items, expected ${expected.length}`]
    return expected.flatMap((value, i) =>
      differences(`${path}[${i}]`, { expected: value, actual: actual[i] as unknown }, tolerance),
    )
  }
  if (isRecord(expected) && isRecord(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
    return [...keys].flatMap((key) =>
      differences(`${path}.${key}`, { expected: expected[key], actual: actual[key] }, tolerance),
    )
  }
  return expected === actual ? [] : [`${path} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`]
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
