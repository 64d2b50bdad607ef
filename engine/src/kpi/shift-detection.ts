import { normalCumulative } from './normal.ts'

/**
 * How soon an Xbar chart with three-sigma limits sees a shift of the mean by `shiftSigma` single-value deviations:
 * probability per subgroup of n values, P(|Z + δ√n| > 3), and mean number of subgroups until then, 1/P.
 */
export function shiftDetection(n: number, shiftSigma: number): { probability: number; runLength: number } {
  const distance = Math.abs(shiftSigma) * Math.sqrt(n)
  const probability = normalCumulative(distance - 3) + normalCumulative(-3 - distance)
  return { probability, runLength: 1 / probability }
}
