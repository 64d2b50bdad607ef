import type { BoardDocument, BoardFrame, TileFrame } from '@gemba/contracts/board'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { type VueWrapper, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createQueryClient } from '../connection/queries.ts'
import { createLanguage } from '../language/i18n.ts'
import BoardStage from './BoardStage.vue'
import { valueOf } from './value-fixture.ts'

const NOW = Date.parse('2026-11-21T06:00:01.000Z')
const OLD = { sourceTime: '2026-11-21T05:22:00.000Z' }
const HOUR_MS = 3_600_000

const board: BoardDocument = {
  formatVersion: 1,
  id: 'oee',
  code: 'B-C01',
  version: '1.0',
  name: { zh: '设备综合效率 OEE', en: 'OEE board' },
  question: { zh: '问', en: 'Question' },
  stage: { width: 1920, height: 1080 },
  scope: { equipment: 'SUZ/ASM/A1' },
  tiles: [
    { id: 'oee', kind: 'oee-hero', box: [0, 0, 3, 3] },
    { id: 'losses', kind: 'loss-waterfall', box: [3, 0, 9, 3] },
  ],
}

function hero(more: Record<string, unknown> = {}): TileFrame {
  const data = {
    oee: valueOf(0.815),
    availability: valueOf(0.874),
    performance: valueOf(0.946),
    quality: valueOf(0.985),
    targets: { oee: 0.85, availability: 0.9, performance: 0.95, quality: 0.99 },
    units: { known: 12, expected: 12 },
    flags: [],
    rule: 'work-unit',
    ...more,
  }
  return { tile: 'oee', state: 'ready', rows: 1, data, sources: ['mqtt-asm', 'mes-suz'] }
}
const losses: TileFrame = {
  tile: 'losses',
  state: 'ready',
  rows: 7,
  sources: ['mqtt-asm'],
  data: {
    plannedMs: valueOf(HOUR_MS, 'ms'),
    losses: (['failure', 'changeover', 'micro-stop', 'speed', 'quality'] as const).map((loss) => ({
      loss,
      ms: valueOf(60_000, 'ms'),
    })),
    effectiveMs: valueOf(HOUR_MS - 5 * 60_000, 'ms'),
  },
}
const source = (id: string, lastDataAt: number, family: 'mes' | 'device') => ({
  source: id,
  name: { zh: id.toUpperCase(), en: id },
  family,
  lastDataAt,
  periodMs: 2_000,
  limitMs: 60_000,
  state: 'running' as const,
})

function frameOf(...tiles: TileFrame[]): BoardFrame {
  return {
    board: 'oee',
    seq: 1,
    serverTime: NOW,
    scope: {
      site: 'SUZ',
      siteName: { zh: '苏州工厂', en: 'Suzhou plant' },
      timeZone: 'Asia/Shanghai',
      equipment: 'SUZ/ASM/A1',
      equipmentName: { zh: '装配线', en: 'Assembly line' },
      equipmentLevel: 'work-unit',
      shift: null,
      nextShiftAt: NOW + HOUR_MS,
    },
    tiles,
    sources: [source('mqtt-asm', NOW - 1000, 'device'), source('mes-suz', Date.parse(OLD.sourceTime), 'mes')],
  }
}

const mounted: VueWrapper[] = []
function show(frame: BoardFrame | null, props: Record<string, unknown> = {}): VueWrapper {
  const wrapper = mount(BoardStage, {
    props: { document: board, frame, theme: 'dark', ...props },
    global: {
      plugins: [createPinia(), createLanguage('zh-CN'), [VueQueryPlugin, { queryClient: createQueryClient() }]],
    },
  })
  mounted.push(wrapper)
  return wrapper
}
const tile = (wrapper: VueWrapper, id: string) => wrapper.get(`[data-tile="${id}"]`)

beforeEach(() => {
  localStorage.setItem('gemba.preferences', JSON.stringify({ language: 'zh-CN' }))
  vi.useFakeTimers({ now: NOW })
  vi.stubGlobal('fetch', () => new Promise(() => undefined))
})
afterEach(() => {
  for (const wrapper of mounted.splice(0)) wrapper.unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a board with everything live', () => {
  it('shows numbers, target and gap, and no mark', () => {
    const wrapper = show(frameOf(hero(), losses))
    expect(tile(wrapper, 'oee').text()).toContain('81.5')
    expect(tile(wrapper, 'oee').text()).toContain('−3.5')
    expect(wrapper.findAll('.stale')).toHaveLength(0)
    expect(tile(wrapper, 'losses').text()).toContain('60.0')
  })

  it('names its sources with their age, and only those it rests on', () => {
    const text = show(frameOf(losses)).get('footer').text()
    expect(text).toContain('MQTT-ASM 1 秒')
    expect(text).not.toContain('MES-SUZ')
  })
})

describe('a source that stopped', () => {
  it('marks exactly what depends on it', () => {
    const wrapper = show(
      frameOf(hero({ oee: valueOf(0.815, 'ratio', OLD), quality: valueOf(0.985, 'ratio', OLD) }), losses),
    )
    const marked = tile(wrapper, 'oee')
      .findAll('.number')
      .map((number) => number.classes('stale'))
    // OEE, availability, performance, quality.
    expect(marked).toEqual([true, false, false, true])
    expect(tile(wrapper, 'oee').text()).toContain('数据停于 13:22')
    expect(tile(wrapper, 'losses').findAll('.stale')).toHaveLength(0)
    expect(wrapper.get('header').text()).toContain('MES-SUZ 数据停于 13:22')
  })
})

describe('what is not fully known', () => {
  it('carries the share, and never reads 100', () => {
    const wrapper = show(frameOf(hero({ oee: valueOf(0.815, 'ratio', { coverage: 0.9999 }) })))
    expect(tile(wrapper, 'oee').text()).toContain('覆盖 99.9%')
    const units = show(frameOf(hero({ units: { known: 11, expected: 12 } })))
    expect(tile(units, 'oee').text()).toContain('11/12 台设备')
  })

  it('names a performance above 100 % as a doubt about the settings', () => {
    const wrapper = show(
      frameOf(hero({ performance: valueOf(1.07, 'ratio', { quality: 'uncertain' }), flags: ['performance-over-100'] })),
    )
    expect(tile(wrapper, 'oee').text()).toContain('理想节拍疑似过慢')
    expect(tile(wrapper, 'oee').text()).toContain('107')
  })

  it('that is missing is said in words, not as zero', () => {
    const text = tile(show(frameOf(hero({ oee: valueOf(null), quality: valueOf(null) }))), 'oee').text()
    expect(text).toContain('无数据')
    expect(text).not.toContain('0.0')
  })
})

describe('a tile that rules narrow for its reader', () => {
  it('carries a mark whose words name the rules, also in the footer, and no other tile does', () => {
    const wrapper = show(frameOf({ ...hero(), limitedBy: ['R-07', 'scope'] } as TileFrame, losses))
    const words = '只计入你授权范围内且行规则 R-07 允许的行'
    expect(tile(wrapper, 'oee').get('[role="tooltip"]').text()).toBe(words)
    expect(tile(wrapper, 'losses').find('[role="tooltip"]').exists()).toBe(false)
    expect(wrapper.get('footer').text()).toContain(words)
    expect(show(frameOf(hero(), losses)).get('footer').text()).not.toContain('只计入')
  })

  it('says so as well when nothing is left of it', () => {
    const none = { tile: 'oee', state: 'empty', reason: 'no-orders', sources: [], limitedBy: ['scope'] } as TileFrame
    expect(tile(show(frameOf(none)), 'oee').text()).toContain('只计入你授权范围内的行')
  })
})

describe('a tile without data', () => {
  it.each([
    [{ state: 'empty', reason: 'not-scheduled' }, '本班次无生产计划'],
    [{ state: 'empty', reason: 'never-received' }, '尚未收到数据'],
    [{ state: 'error', source: 'mes-suz', since: NOW - 60_000, retryAt: NOW + 30_000 }, 'MES-SUZ 查询失败'],
    [{ state: 'denied', missing: '成本', ask: '王磊' }, '无权查看 成本'],
  ] as const)('says why: %o', (state, words) => {
    const wrapper = show(frameOf({ tile: 'oee', sources: ['mes-suz'], ...state } as TileFrame, losses))
    expect(tile(wrapper, 'oee').text()).toContain(words)
    expect(tile(wrapper, 'losses').text()).toContain('60.0')
  })

  it('keeps the last good picture behind an error', () => {
    const { data } = hero() as { data: unknown }
    const error = {
      tile: 'oee',
      state: 'error',
      source: 'mes-suz',
      since: NOW,
      retryAt: null,
      lastData: data,
      sources: [],
    }
    const wrapper = show(frameOf(error as TileFrame))
    expect(tile(wrapper, 'oee').find('.ghost').text()).toContain('81.5')
    expect(tile(wrapper, 'oee').text()).toContain('查询失败')
  })

  it('of a shape that this page does not know fails alone', () => {
    const odd: TileFrame = { tile: 'oee', state: 'ready', rows: 1, data: { surprise: true }, sources: [] }
    const wrapper = show(frameOf(odd, losses))
    expect(tile(wrapper, 'oee').text()).toContain('无法显示此组件')
    expect(tile(wrapper, 'losses').text()).toContain('60.0')
  })

  it('keeps its box while it waits for the first picture', () => {
    expect(tile(show(null), 'oee').attributes('style')).toContain('width: 452px')
  })
})

describe('a page without contact', () => {
  it('says so, lets its clock run, and holds the ages of the last contact', async () => {
    const wrapper = show(frameOf(hero(), losses), { lostAt: NOW })
    await vi.advanceTimersByTimeAsync(72_000)
    expect(wrapper.get('.banner').text()).toContain('与服务器断开 00:01:12')
    expect(wrapper.get('time').text()).toBe('14:01:13')
    expect(wrapper.findAll('.stale')).toHaveLength(0)
    expect(wrapper.get('footer').text()).toContain('14:00:00')
  })
})
