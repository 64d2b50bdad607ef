import type { ParameterDescription, ParameterValue, ParameterValues, ReportRun } from '@gemba/contracts/report'
import { type Ref, computed, ref, shallowRef, watch } from 'vue'
import { reportApi } from './report-api.ts'
import { followed, isFollowed, missingOf, sameValues, sent, valuesOf } from './parameter-values.ts'

const QUIET_MS = 250

/**
 * What the reader has set. It begins with the server's defaults, or with what a run was made of, and is never
 * replaced by a refresh; a change asks the server for what follows it, and only that is replaced.
 */
export function useParameters(report: () => string, described: Ref<readonly ParameterDescription[] | null>) {
  const parameters = shallowRef<readonly ParameterDescription[]>([])
  const values = ref<ParameterValues>({})
  const knownAt = ref<string | null>(null)
  const refusal = ref<unknown>(null)
  const isReady = ref(false)
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | null = null

  watch(
    described,
    (list) => {
      if (list === null || isReady.value) return
      parameters.value = list
      values.value = { ...valuesOf(list), ...values.value }
      isReady.value = true
    },
    { immediate: true },
  )

  async function ask(changed: string): Promise<void> {
    asked += 1
    const own = asked
    try {
      const answer = await reportApi.parameters(report(), sent(parameters.value, values.value))
      // An answer to an older question would bring back what the reader has changed since.
      if (own !== asked) return
      refusal.value = null
      parameters.value = answer.parameters
      values.value = followed(values.value, answer.parameters, changed)
    } catch (error) {
      if (own === asked) refusal.value = error
    }
  }

  function set(name: string, value: ParameterValue): void {
    values.value = { ...values.value, [name]: value }
    if (!isFollowed(parameters.value, name)) return
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(() => void ask(name), QUIET_MS)
  }

  async function reset(): Promise<void> {
    const detail = await reportApi.parameters(report(), {})
    parameters.value = detail.parameters
    values.value = valuesOf(detail.parameters)
    knownAt.value = null
  }

  /** The panel shows what the run on the screen was made of. */
  function take(run: Pick<ReportRun, 'params' | 'knownAt'>): void {
    values.value = { ...values.value, ...run.params }
    knownAt.value = run.knownAt
  }

  const missing = computed(() => missingOf(parameters.value, values.value))
  const toSend = computed(() => sent(parameters.value, values.value))
  const differsFrom = (run: Pick<ReportRun, 'params' | 'knownAt'> | null): boolean =>
    run !== null &&
    (!sameValues(toSend.value, sent(parameters.value, run.params)) || (run.knownAt ?? null) !== knownAt.value)
  return { parameters, values, knownAt, refusal, isReady, missing, toSend, set, reset, take, differsFrom }
}
