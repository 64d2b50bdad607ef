/**
 * Arithmetic of the engine as SQL text: the same rules for zero denominators, rounding of sums and points on a limit.
 * Arguments are SQL expressions and may be evaluated more than once.
 */

/** a / b; NULL when b is zero, either is NULL, or the quotient is not finite. As `engine/kpi/ratio#ratio`. */
export const ratio = (a: string, b: string): string => finite(`(${a}) / nullIf(${b}, 0)`)

export const finite = (x: string): string => `if(isFinite(${x}), ${x}, NULL)`

const ROUNDING = '1e-9'

const largest = (a: string, b: string): string => `greatest(abs(${a}), abs(${b}))`

/** Whether a quantity is at least the wanted one up to the rounding of sums. As `engine/kpi/ratio#reaches`. */
export const reaches = (quantity: string, wanted: string): string =>
  `((${quantity}) >= (${wanted}) - ${ROUNDING} * ${largest(quantity, wanted)})`

/** a − b, zero where only rounding is left. As `engine/kpi/ratio#remainder`. */
export const remainder = (a: string, b: string): string =>
  `if(abs((${a}) - (${b})) <= ${ROUNDING} * ${largest(a, b)}, 0., (${a}) - (${b}))`

/** Whether a value lies strictly outside limits, up to rounding. As `engine/kpi/control-chart#isBeyond`. */
export function isBeyond(value: string, lcl: string, ucl: string): string {
  const slack = `1e-12 * greatest(abs(${value}), abs(${lcl}), abs(${ucl}))`
  return `(${value} < ${lcl} - ${slack} OR ${value} > ${ucl} + ${slack})`
}

/**
 * The larger and the smaller of a bound and a value that may be NULL. `greatest` and `least` pass over NULL and would
 * answer with the bound: a limit or a share that nobody computed.
 */
export const atLeast = (floor: string, x: string): string => `if(isNull(${x}), NULL, greatest(${floor}, ${x}))`
export const atMost = (ceiling: string, x: string): string => `if(isNull(${x}), NULL, least(${ceiling}, ${x}))`

/** Mean in an aggregation: equal values have exactly themselves as mean, nothing has NULL. */
export const meanOf = (x: string): string =>
  `multiIf(count(${x}) = 0, NULL, min(${x}) = max(${x}), min(${x}), avg(${x}))`

/** Sample deviation in an aggregation; NULL below two values, exactly zero for equal ones. */
export const deviationOf = (x: string): string =>
  `multiIf(count(${x}) < 2, NULL, min(${x}) = max(${x}), 0., stddevSampStable(${x}))`

/** Value at rank ⌈share · n⌉ of a sorted array; NULL when it is empty. As `interface-health#nearestRank`. */
export const nearestRank = (sorted: string, share: number): string =>
  `if(empty(${sorted}), NULL, ${sorted}[greatest(1, toUInt32(ceil(${share} * length(${sorted}) - 1e-9)))])`

/** Probability that a standard normal value is at most z. */
export const normalCumulative = (z: string): string => `(0.5 * erfc(-(${z}) / sqrt(2.)))`

export const normalDensity = (z: string): string => `(exp(-0.5 * (${z}) * (${z})) / sqrt(2. * pi()))`

const poly = (coefficients: readonly number[], x: string): string =>
  coefficients.map(String).reduce((sum, each) => `(${sum} * ${x} + ${each})`)

/** Standard normal quantile; NULL outside (0, 1). Rational start value (Acklam), then Halley steps. */
export function normalQuantile(p: string): string {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ]
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1]
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ]
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
  const known = `assumeNotNull(${p})`
  const tail = (share: string): string => {
    const q = `sqrt(-2 * ln(${share}))`
    return `(${poly(c, q)} / ${poly(d, q)})`
  }
  const q = `(${known} - 0.5)`
  const centre = `(${poly(a, `(${q} * ${q})`)} * ${q} / ${poly(b, `(${q} * ${q})`)})`
  const start = `multiIf(${known} < 0.02425, ${tail(known)}, ${known} > 0.97575, -${tail(`(1 - ${known})`)}, ${centre})`
  const u = `((${normalCumulative('z')} - ${known}) / ${normalDensity('z')})`
  const refined = `arrayFold((z, i) -> z - ${u} / (1 + z * ${u} / 2), range(3), ${start})`
  return `if((${p}) > 0 AND (${p}) < 1, ${refined}, NULL)`
}

/** Days from the epoch of a calendar date given as text `YYYY-MM-DD`. */
export const dayOf = (date: string): string => `toInt64(toInt32(toDate32(${date})))`
