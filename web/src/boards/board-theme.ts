import { type Ref, ref, watch } from 'vue'

export type BoardTheme = 'dark' | 'light'
const STORAGE_KEY = 'gemba.board-theme'

function stored(): BoardTheme | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY)
    return value === 'dark' || value === 'light' ? value : null
  } catch {
    return null
  }
}

/** The theme of boards on this screen: of the address, else as chosen here, else dark as a wall wants it. */
export function useBoardTheme(ofAddress: unknown): Ref<BoardTheme> {
  const theme = ref<BoardTheme>(ofAddress === 'light' || ofAddress === 'dark' ? ofAddress : (stored() ?? 'dark'))
  watch(theme, (value) => {
    try {
      localStorage.setItem(STORAGE_KEY, value)
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  })
  return theme
}
