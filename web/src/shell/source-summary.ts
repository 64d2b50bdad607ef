import { computed } from 'vue'
import { useServerNow } from '../connection/server-clock.ts'
import { useSourceAges } from '../connection/source-ages-store.ts'
import { type Standing, standingOf, urgencyOf } from '../connection/source-standing.ts'

/** How many sources are well, and the worst standing among them. */
export function useSourceSummary() {
  const store = useSourceAges()
  const now = useServerNow()
  const standings = computed(() => store.ages?.map((source) => standingOf(source, now.value)) ?? null)
  const all = computed(() => standings.value?.length ?? null)
  const normal = computed(() => standings.value?.filter((standing) => standing === 'normal').length ?? 0)
  const troubled = computed(
    () => standings.value?.filter((standing) => urgencyOf(standing) >= urgencyOf('late')).length ?? 0,
  )
  const worst = computed<Standing>(() =>
    (standings.value ?? []).reduce<Standing>((a, b) => (urgencyOf(b) > urgencyOf(a) ? b : a), 'normal'),
  )
  return { all, normal, troubled, worst }
}
