import type { Role, SessionAnswer, SignIn } from '@gemba/contracts/api'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { api } from './api.ts'
import { ProblemError } from './problem-error.ts'
import { noteServerTime } from './server-clock.ts'

/** Who is signed in. `undefined` = not asked yet, `null` = nobody. */
export const useSession = defineStore('session', () => {
  const current = shallowRef<SessionAnswer | null | undefined>(undefined)
  const isSignedIn = computed(() => current.value !== null && current.value !== undefined)

  function accept(answer: SessionAnswer, askedAt: number): void {
    noteServerTime(answer.serverTime, askedAt)
    current.value = answer
  }

  /** Asks the server once; later calls answer from memory. Fails when the server cannot be asked. */
  async function ensure(): Promise<SessionAnswer | null> {
    return current.value === undefined ? refresh() : current.value
  }

  /** Asks the server anew: something about the session may have changed. The page keeps what it knew meanwhile. */
  async function refresh(): Promise<SessionAnswer | null> {
    const askedAt = Date.now()
    try {
      accept(await api.currentSession(), askedAt)
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'NOT_SIGNED_IN') throw error
      current.value = null
    }
    return current.value ?? null
  }

  async function signIn(input: SignIn): Promise<void> {
    const askedAt = Date.now()
    accept(await api.signIn(input), askedAt)
  }

  async function signOut(): Promise<void> {
    await api.signOut()
    current.value = null
  }

  /** The server said that the session is over. */
  function ended(): void {
    current.value = null
  }

  function hasRole(...roles: Role[]): boolean {
    return current.value?.roles.some((role) => roles.includes(role)) ?? false
  }

  return { current, isSignedIn, ensure, refresh, signIn, signOut, ended, hasRole }
})
