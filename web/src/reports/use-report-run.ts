import type { ParameterValues, ReportRun, RunRequest } from '@gemba/contracts/report'
import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { reportApi } from './report-api.ts'
import { isOver, useRun } from './report-queries.ts'

/**
 * The run on the screen and the one that is being worked on. A result stays until the next one is ready: neither a
 * failure nor a cancelled run takes away what was read.
 */
export function useReportRun(report: () => string, given: string | null) {
  const client = useQueryClient()
  const shownId = ref<string | null>(null)
  const pendingId = ref<string | null>(given)
  const refusal = ref<unknown>(null)
  const isStarting = ref(false)
  const shownQuery = useRun(shownId)
  const pendingQuery = useRun(pendingId)
  const shown = computed(() => shownQuery.data.value ?? null)
  const pending = computed(() => pendingQuery.data.value ?? null)
  const failed = ref<ReportRun | null>(null)

  const settle = (run: ReportRun | null): void => {
    if (run === null || run.id !== pendingId.value || !isOver(run)) return
    pendingId.value = null
    if (run.state === 'ready') {
      client.setQueryData(['report-run', run.id], run)
      shownId.value = run.id
      failed.value = null
      void client.invalidateQueries({ queryKey: ['report-runs', report()] })
    } else failed.value = run
  }
  // Whoever comes back finds a run that is known already, and over.
  watch(pending, settle, { immediate: true })
  watch(pendingQuery.error, (error) => {
    if (error === null) return
    refusal.value = error
    pendingId.value = null
  })

  /** A newer wish replaces an older one that is still worked on. */
  async function start(params: ParameterValues, more: Omit<RunRequest, 'params'>): Promise<void> {
    const before = pendingId.value
    refusal.value = null
    failed.value = null
    isStarting.value = true
    try {
      const run = await reportApi.start(report(), { params, ...more })
      client.setQueryData(['report-run', run.id], run)
      pendingId.value = run.id
      if (before !== null) await reportApi.cancel(before).catch(() => undefined)
    } catch (error) {
      refusal.value = error
    } finally {
      isStarting.value = false
    }
  }

  async function cancel(): Promise<void> {
    const id = pendingId.value
    if (id === null) return
    try {
      client.setQueryData(['report-run', id], await reportApi.cancel(id))
    } catch (error) {
      refusal.value = error
    }
  }

  const isRunning = computed(() => isStarting.value || pendingId.value !== null)
  return { shown, pending, failed, refusal, isRunning, start, cancel, look: () => shownQuery.refetch() }
}
