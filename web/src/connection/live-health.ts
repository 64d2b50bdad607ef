import type { HealthDetails } from '@gemba/contracts/api'
import { computed } from 'vue'
import { useHealthDetails } from './queries.ts'
import { useSourceAges } from './source-ages-store.ts'

/**
 * The details of the last answer, with the newer ages that the live channel has pushed since: the answer is asked for
 * more seldom than devices promise to speak, so its own ages would call a healthy source late.
 */
export function useLiveHealth() {
  const query = useHealthDetails()
  const store = useSourceAges()
  const details = computed<HealthDetails | undefined>(() => {
    if (!query.data.value) return undefined
    const pushed = new Map((store.ages ?? []).map((age) => [age.source, age]))
    const sources = query.data.value.sources.map((source) => {
      const newer = pushed.get(source.id)
      if (!newer) return source
      const lastDataAt = Math.max(source.lastDataAt ?? 0, newer.lastDataAt ?? 0) || null
      return { ...source, lastDataAt, state: newer.state }
    })
    return { ...query.data.value, sources }
  })
  return { query, details }
}
