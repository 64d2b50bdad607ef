import { normalCumulative } from './normal.ts'

/**
 * How soon an Xbar chart with three-sigma limits sees a shift of the mean by `shiftSigma` single-value deviations:
 * probability per subgroup of n values, P(|Z + δ√n| > 3), and mean number of subgroups until then, 1/P. Throws a
 * RangeError when n is below 1. Source: operating characteristic of the Xbar chart, Montgomery ch. 6.
 */
export function shiftDetection(n: number, shiftSigma: number): { probability: number; runLength: number } {
  if (!(n >= 1)) throw new RangeError('n: below 1')
  const distance = Math.abs(shiftSigma) * Math.sqrt(n)
  const probability = normalCumulative(distance - 3) + normalCumulative(-3 - distance)
  return { probability, runLength: 1 / probability }
}
