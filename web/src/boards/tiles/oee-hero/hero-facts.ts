/** Distance of a share to its target; null when one of them is missing. On target is not worse. */
export function gapOf(value: number | null, target: number | null): { delta: number; isWorse: boolean } | null {
  if (value === null || target === null) return null
  const delta = value - target
  // What is shown as 0.0 is on target.
  return { delta, isWorse: Math.round(delta * 1000) < 0 }
}

const WARNINGS: readonly [string, string][] = [
  ['performance-over-100', 'idealTooSlow'],
  ['zero-ideal', 'noIdeal'],
  ['output-without-schedule', 'outputWithoutSchedule'],
]

/** The key of the gravest doubt about the figures, null when there is none. Pieces without time show as coverage. */
export function warningOf(flags: readonly string[]): string | null {
  return WARNINGS.find(([flag]) => flags.includes(flag))?.[1] ?? null
}
