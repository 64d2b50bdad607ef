/** A rounded upper end and steps for an axis of counts that begins at zero. */
export function countAxis(largest: number): { top: number; ticks: number[] } {
  if (largest <= 0) return { top: 1, ticks: [0, 1] }
  const magnitude = 10 ** Math.floor(Math.log10(largest))
  const step = [0.1, 0.2, 0.5, 1, 2, 5].map((each) => each * magnitude).find((each) => largest / each <= 3) ?? magnitude
  const whole = Math.max(1, step)
  const top = Math.ceil(largest / whole) * whole
  return { top, ticks: Array.from({ length: Math.round(top / whole) + 1 }, (_, index) => index * whole) }
}
