import type { SourceHealth } from '@gemba/contracts/api'
import type { Standing } from '../connection/source-standing.ts'

/** Keys of the three sentences about a source: why it is so, what the product does, what a person can do. */
export interface Explanation {
  cause: string
  doing: string
  canDo: string
}

const DOING: Record<Standing, string> = {
  normal: 'sources.running',
  late: 'sources.watching',
  stale: 'sources.watching',
  never: 'sources.watching',
  failing: 'sources.retrying',
  connecting: 'sources.retrying',
  stopped: 'sources.idle',
}

/** The error class says more than the standing, when there is one and the source is in trouble. */
export function explain(source: Pick<SourceHealth, 'errorType'>, standing: Standing): Explanation {
  const type = standing === 'normal' ? null : source.errorType
  return {
    cause: type === null ? `sources.standingCauses.${standing}` : `sources.causes.${type}`,
    doing: DOING[standing],
    canDo: type === null ? `sources.standingActions.${standing}` : `sources.actions.${type}`,
  }
}
