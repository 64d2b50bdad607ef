import type { SiteDefinition } from '@gemba/contracts/catalog'
import type { UnmappedAnswer } from '@gemba/contracts/code-mapping'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { type VueWrapper, flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createQueryClient } from '../connection/queries.ts'
import { createLanguage } from '../language/i18n.ts'
import UnmappedCard from './UnmappedCard.vue'

const site = { id: 'SUZ', timeZone: 'Asia/Shanghai', name: { zh: '苏州', en: 'Suzhou' } } as SiteDefinition
const found: UnmappedAnswer['codes'][number] = {
  ...{ key: -1, domain: 'reason', source: 'opcua-mold', code: 'X9', rows: 1_234 },
  ...{ firstSeenAt: '2026-11-20T01:00:00.000Z', lastSeenAt: '2026-11-20T09:30:00.000Z', seenIn: ['SUZ/MOLD/IM/IM01'] },
}

let mounted: VueWrapper | null = null
async function show(codes: UnmappedAnswer['codes'], mayChange = true): Promise<VueWrapper> {
  const answer: UnmappedAnswer = { codes, targets: { reason: ['R1'], material: [], 'work-center': [] } }
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(answer)))
  mounted = mount(UnmappedCard, {
    props: { site, mayChange },
    global: { plugins: [createPinia(), createLanguage('en'), [VueQueryPlugin, { queryClient: createQueryClient() }]] },
  })
  await flushPromises()
  await vi.waitFor(() => expect(mounted?.text()).not.toBe(''), { timeout: 30_000 })
  return mounted
}
afterEach(() => {
  mounted?.unmount()
  vi.unstubAllGlobals()
})

describe('a code that nothing explains', () => {
  it('stands on the page with its source, its rows and where it was seen, and can be given a meaning', async () => {
    const card = await show([found])
    const text = card.get('tbody').text()
    for (const part of ['X9', 'opcua-mold', '1,234', 'SUZ/MOLD/IM/IM01']) expect(text).toContain(part)
    expect(card.find('tbody button').exists()).toBe(true)
    expect((await show([found], false)).find('tbody button').exists()).toBe(false)
  })

  it('is said to be none when there is none', async () => {
    expect((await show([])).find('tbody').exists()).toBe(false)
  })
})
