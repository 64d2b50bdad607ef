/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { metricDefinition, policyName, policySettings } from '@gemba/contracts/metric'
import { describe, expect, it } from 'vitest'
import { METRICS, metricAt, metricsOfPolicy } from './dictionary.ts'

/**
 * Exported functions that are no figures: what figures are made of. Everything else that `engine/src/kpi` and
 * `engine/src/trace` export must have an entry in the dictionary.
 */
const BUILDING_BLOCKS = new Set([
  'join-windows#joinUnitWindows',
  'component-cycles#componentCycles',
  // arithmetic and distributions
  'ratio#ratio',
  'ratio#product',
  'ratio#sumOf',
  'ratio#reaches',
  'ratio#remainder',
  'normal#normalDensity',
  'normal#normalCumulative',
  'normal#normalQuantile',
  'control-chart#mean',
  'control-chart#sampleDeviation',
  'control-chart#rangeOf',
  'interface-health#nearestRank',
  // parts of control charts
  'control-constants#rangeConstants',
  'control-constants#c4',
  'control-chart#isBeyond',
  'control-chart#beyondLimits',
  'control-chart#withinSigma',
  'capability#subgroupSpread',
  'capability-study#bySpecification',
  'delivery#promiseOf',
  'chart-baseline#valuesOf',
  'chart-baseline#countOf',
  'chart-baseline#sigmaOf',
  'chart-baseline#singleOf',
  'chart-baseline#summaryOf',
  'capability-study#capabilityStudyOfSums',
  'capability-study#ppkOfPercentiles',
  'chart-baseline#locationLimits',
  'chart-baseline#spreadLimits',
  'chart-judgement#defaultRules',
  // derivation of equipment time and counts, and sums of its parts
  'counter#counterIncrease',
  'counter#counterDelta',
  'clock-correction#correctedClock',
  'equipment-time#deriveUnitWindow',
  'unit-counts#countPieces',
  'energy#energyUse',
  'unit-timeline#conditionStretches',
  'unit-timeline#seriesByRole',
  'oee#emptyParts',
  'oee#addParts',
  'oee#sumParts',
  'stops#mergeStops',
  'stops#stoppedMs',
  'equipment-ratios#apportionRun',
  'yield#pooled',
  'supplier#rejectedPieces',
  'order-forecast#walkPlanned',
  // closed-form truth and conformance cases
  'planted#plantedFigures',
  'cases#runCase',
  // the graph below the traces
  'genealogy#genealogyOf',
  'genealogy#byMaterial',
  'walk#walk',
  'walk#checkNode',
  'walk#depthsOf',
  'walk-in-time#walkInTime',
])

const source = join(import.meta.dirname, '..')
const modules = ['kpi', 'trace'].flatMap((room) =>
  readdirSync(join(source, room))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => ({ room, name: file.replace(/\.ts$/, ''), text: readFileSync(join(source, room, file), 'utf8') })),
)
const exported = modules.flatMap(({ room, name, text }) =>
  [...text.matchAll(/^export function (\w+)/gm)].map((match) => ({
    key: `${name}#${match[1]}`,
    path: `${room}/${name}#${match[1]}`,
  })),
)

describe('the metric dictionary', () => {
  it('has an entry for every exported function that computes a figure', () => {
    const inDictionary = new Set(METRICS.map((metric) => metric.computedBy.split('.')[0]))
    const missing = exported.filter(({ key, path }) => !BUILDING_BLOCKS.has(key) && !inDictionary.has(path))
    expect(missing.map((each) => each.path)).toEqual([])
  })

  it('names only functions that exist, and results that they have', () => {
    const known = new Set(exported.map((each) => each.path))
    for (const { id, computedBy } of METRICS) {
      const [path, ...keys] = computedBy.split('.')
      expect({ id, isKnown: known.has(path!) }).toEqual({ id, isKnown: true })
      const text = modules.find((each) => path!.startsWith(`${each.room}/${each.name}#`))!.text
      for (const key of keys)
        expect({ id, key, isInModule: new RegExp(`\\b${key}\\b`).test(text) }).toMatchObject({ isInModule: true })
    }
  })

  it('finds the source of every figure in the doc comment of its function', () => {
    const silent = METRICS.filter(({ computedBy }) => {
      const [path, name] = computedBy.split('.')[0]!.split('#')
      const text = modules.find((each) => `${each.room}/${each.name}` === path)!.text
      const before = text.slice(0, text.indexOf(`export function ${name}(`))
      return !/Source|ISO/.test(before.slice(before.lastIndexOf('/**')))
    })
    expect(silent.map((metric) => metric.id)).toEqual([])
  })

  it('calls no figure a building block, and no building block that is gone', () => {
    const keys = new Set(exported.map((each) => each.key))
    expect([...BUILDING_BLOCKS].filter((block) => !keys.has(block))).toEqual([])
    const figures = METRICS.map((metric) => metric.computedBy.replace(/^\w+\//, '').split('.')[0]!)
    expect(figures.filter((figure) => BUILDING_BLOCKS.has(figure))).toEqual([])
  })

  it.each(METRICS.map((metric) => [metric.id, metric] as const))('%s is complete in both languages', (_id, metric) => {
    expect(metricDefinition.parse(metric)).toEqual(metric)
    for (const text of [metric.name.zh, metric.definition.zh]) expect(text).toMatch(/[\u4e00-\u9fff]|^Cpk$/)
    expect(metric.definition.zh.endsWith('。')).toBe(true)
    expect(metric.definition.en.endsWith('.')).toBe(true)
    expect(metric.definition.en).not.toMatch(/[\u4e00-\u9fff]/)
    expect(metric.freshness.limitMs).toBeGreaterThanOrEqual(2 * metric.freshness.periodMs)
  })

  it('has one entry per version and no two names alike', () => {
    const unique = (values: string[]): number => new Set(values).size
    expect(unique(METRICS.map((metric) => `${metric.id}@${metric.version}`))).toBe(METRICS.length)
    const newest = METRICS.filter((metric) => metricAt(metric.id, Infinity) === metric)
    expect(unique(newest.map((metric) => metric.name.zh))).toBe(newest.length)
    expect(unique(newest.map((metric) => metric.name.en))).toBe(newest.length)
  })

  it('knows which figures a policy changes', () => {
    expect(metricsOfPolicy('kitting')).toEqual(['kitting-line-rate', 'kitting-outlook', 'kitting-rate'])
    expect(metricsOfPolicy('microStopThresholdMs')).not.toContain('oee')
    // The owner of a night shift changes every figure by production day; scrap found later is told by no rows yet.
    const ofNoFigure = ['productionDateOwner', 'lateScrap']
    for (const policy of policyName.options) {
      if (!ofNoFigure.includes(policy)) expect(metricsOfPolicy(policy).length).toBeGreaterThan(0)
    }
    expect(policyName.options).toEqual(Object.keys(policySettings.shape))
  })
})

describe('versions of a figure', () => {
  const first = metricAt('oee', 1_000_000_000_000)!
  const second = { ...first, version: 2, effectiveAt: 1_800_000_000_000, formula: 'another' }

  it('hold from their date on', () => {
    const metrics = [second, first]
    expect(metricAt('oee', 1_799_999_999_999, metrics)).toBe(first)
    expect(metricAt('oee', 1_800_000_000_000, metrics)).toBe(second)
    expect(metricAt('oee', 0, metrics)).toBeNull()
    expect(metricAt('unheard', 1_800_000_000_000)).toBeNull()
  })
})
