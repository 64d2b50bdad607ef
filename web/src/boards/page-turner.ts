import { type Ref, onScopeDispose, ref, watch } from 'vue'

/** Problems stand on the first page, so it stays longest; a page turned by hand stays until the reader is done. */
const FIRST_PAGE_MS = 24_000
const PAGE_MS = 12_000
const BY_HAND_MS = 60_000

/** Turns the pages of a board by itself and by hand. */
export function usePageTurner(): { page: Ref<number>; count: Ref<number>; turn: (by: number) => void } {
  const page = ref(0)
  const count = ref(1)
  let timer: ReturnType<typeof setTimeout> | null = null

  function wait(ms: number): void {
    if (timer !== null) clearTimeout(timer)
    timer = count.value > 1 ? setTimeout(next, ms) : null
  }
  function next(): void {
    page.value = (page.value + 1) % count.value
    wait(page.value === 0 ? FIRST_PAGE_MS : PAGE_MS)
  }
  function turn(by: number): void {
    page.value = (page.value + by + count.value) % count.value
    wait(BY_HAND_MS)
  }
  watch(count, (now) => {
    if (page.value >= now) page.value = 0
    wait(FIRST_PAGE_MS)
  })
  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer)
  })
  return { page, count, turn }
}
