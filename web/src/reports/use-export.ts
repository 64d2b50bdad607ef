import type { ReportFormat, ReportRun, RunNote } from '@gemba/contracts/report'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { fetchFile, saveFile } from './download.ts'
import { fileAddress, reportApi } from './report-api.ts'

type Painting = NonNullable<ReportRun['painting']>[number]

const ASK_EVERY_MS = 1_000

export interface ExportState {
  format: ReportFormat
  state: 'making' | 'done' | 'refused'
  bytes: number
  /** How far it is on the server, as far as that is known. */
  painting: Painting | null
  name: string
  /** What the file could not hold. */
  notes: RunNote[]
  error: unknown
}

/** Makes a file of a run, shows how far it is, and says what it leaves out. */
export function useExport() {
  const current = shallowRef<ExportState | null>(null)
  const abort = ref<AbortController | null>(null)
  const runId = ref<string | null>(null)

  async function start(run: ReportRun, format: ReportFormat): Promise<void> {
    const stopped = stop()
    const own = new AbortController()
    abort.value = own
    await stopped
    if (own.signal.aborted) return
    runId.value = run.id
    let state: ExportState = { format, state: 'making', bytes: 0, painting: null, name: '', notes: [], error: null }
    const show = (change: Partial<ExportState>): void => {
      state = { ...state, ...change }
      if (abort.value === own) current.value = state
    }
    show({})
    const asking = askHowFar(run.id, format, { signal: own.signal, heard: (painting) => show({ painting }) })
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
    } finally {
      asking.stop()
    }
  }

  /** Nobody waits for the file any more: the server need not make it. */
  async function stop(): Promise<void> {
    const isMaking = current.value?.state === 'making' && abort.value !== null
    abort.value?.abort()
    abort.value = null
    if (isMaking && runId.value !== null) await reportApi.cancel(runId.value).catch(() => undefined)
  }

  function dismiss(): void {
    void stop()
    current.value = null
  }
  onScopeDispose(() => abort.value?.abort())
  return { current, start, dismiss }
}

/** Asks the run how far a file of it is, again and again. */
function askHowFar(
  run: string,
  format: ReportFormat,
  { signal, heard }: { signal: AbortSignal; heard: (painting: Painting) => void },
): { stop: () => void } {
  const timer = setInterval(async () => {
    const now = await reportApi.run(run, signal).catch(() => null)
    const painting = now?.painting?.find((file) => file.format === format)
    if (painting !== undefined) heard(painting)
  }, ASK_EVERY_MS)
  const stop = (): void => clearInterval(timer)
  signal.addEventListener('abort', stop)
  return { stop }
}
