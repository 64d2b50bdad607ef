import type { ReportFormat, ReportRun, RunNote } from '@gemba/contracts/report'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { fetchFile, saveFile } from './download.ts'
import { fileAddress, reportApi } from './report-api.ts'

export interface ExportState {
  format: ReportFormat
  state: 'making' | 'done' | 'refused'
  bytes: number
  name: string
  /** What the file could not hold. */
  notes: RunNote[]
  error: unknown
}

/** Makes a file of a run, shows how far it is, and says what it leaves out. */
export function useExport() {
  const current = shallowRef<ExportState | null>(null)
  const abort = ref<AbortController | null>(null)

  async function start(run: ReportRun, format: ReportFormat): Promise<void> {
    abort.value?.abort()
    const own = new AbortController()
    abort.value = own
    let state: ExportState = { format, state: 'making', bytes: 0, name: '', notes: [], error: null }
    const show = (change: Partial<ExportState>): void => {
      state = { ...state, ...change }
      if (abort.value === own) current.value = state
    }
    show({})
    try {
      const file = await fetchFile(fileAddress(run.id, format), {
        signal: own.signal,
        name: `${run.report}.${format}`,
        progress: (bytes) => show({ bytes }),
      })
      saveFile(file)
      // What a format could not hold is known only when its file has been made.
      const after = await reportApi.run(run.id, own.signal).catch(() => run)
      const notes = after.notes.filter((note) => note.format === format)
      show({ state: 'done', name: file.name, bytes: file.blob.size, notes })
    } catch (error) {
      if (own.signal.aborted) return
      show({ state: 'refused', error })
    }
  }

  function dismiss(): void {
    abort.value?.abort()
    abort.value = null
    current.value = null
  }
  onScopeDispose(() => abort.value?.abort())
  return { current, start, dismiss }
}
