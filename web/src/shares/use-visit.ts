import type { ShareVisit } from '@gemba/contracts/share'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { ProblemError } from '../connection/problem-error.ts'
import { noteServerTime } from '../connection/server-clock.ts'
import { takeSecret } from './link-secret.ts'
import { shareApi } from './share-api.ts'

/** How soon a visitor learns that the link has ended, also where nothing is asked meanwhile. */
const LOOK_EVERY_MS = 10_000

/** Refusals that only another link can change. */
const DEAD = new Set(['SHARE_UNKNOWN', 'SHARE_OVER', 'NO_ACCESS', 'INPUT_INVALID'])
const PASSWORD = new Set(['SHARE_PASSWORD_NEEDED', 'SHARE_PASSWORD_REFUSED', 'SHARE_LOCKED'])

export type VisitState = 'opening' | 'password' | 'open' | 'dead' | 'away'

/** The visit of one link: opened, watched, and opened anew when it is over and the link is not. */
export function useVisit(link: string) {
  const secret = takeSecret(link)
  const state = ref<VisitState>('opening')
  const visit = shallowRef<ShareVisit | null>(null)
  const failure = shallowRef<unknown>(null)
  const isBusy = ref(false)
  const isIncomplete = computed(() => secret === null && state.value === 'dead')
  let timer: ReturnType<typeof setTimeout> | undefined
  let isGone = false

  async function ask(password: string | undefined): Promise<ShareVisit> {
    // Without the secret a visit that is under way can still be read.
    if (secret === null) return shareApi.current()
    return shareApi.open(link, { secret, ...(password === undefined ? {} : { password }) })
  }

  async function open(password?: string): Promise<void> {
    if (isBusy.value) return
    isBusy.value = true
    const askedAt = Date.now()
    try {
      const next = await ask(password)
      noteServerTime(next.serverTime, askedAt)
      visit.value = next
      failure.value = null
      state.value = 'open'
    } catch (error) {
      refused(error)
    } finally {
      isBusy.value = false
      later()
    }
  }

  function refused(error: unknown): void {
    failure.value = error
    const code = error instanceof ProblemError ? error.code : ''
    if (PASSWORD.has(code)) state.value = 'password'
    else if (DEAD.has(code) || (code === 'SHARE_VISIT_OVER' && secret === null)) state.value = 'dead'
    // What is on the screen stays while the server is away: it says itself how old it is.
    else if (state.value !== 'open') state.value = 'away'
  }

  async function look(): Promise<void> {
    if (state.value !== 'open') return
    try {
      visit.value = await shareApi.current()
      later()
    } catch (error) {
      const code = error instanceof ProblemError ? error.code : ''
      if (code === 'SHARE_VISIT_OVER' && secret !== null) return open()
      refused(error)
      later()
    }
  }

  function later(): void {
    clearTimeout(timer)
    if (!isGone && state.value === 'open') timer = setTimeout(() => void look(), LOOK_EVERY_MS)
  }
  onScopeDispose(() => {
    isGone = true
    clearTimeout(timer)
  })

  return { state, visit, failure, isBusy, isIncomplete, open, look }
}
