import type { SourceAge } from '@gemba/contracts/board'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { useChannel } from './use-channel.ts'

/** Ages of all sources, as the server pushes them. Null until the first answer. */
export const useSourceAges = defineStore('source-ages', () => {
  const ages = shallowRef<readonly SourceAge[] | null>(null)
  return { ages }
})

/** Keeps the store current for as long as the calling component lives. */
export function watchSourceAges() {
  const store = useSourceAges()
  return useChannel<'sources'>(
    { channel: 'sources' },
    {
      snapshot: (snapshot) => (store.ages = snapshot),
      patch: (patch) => (store.ages = patch.sources),
    },
  )
}
