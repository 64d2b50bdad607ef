import { type CatalogDocument, catalogDocument } from '@gemba/contracts/catalog'
import { describe, expect, it } from 'vitest'
import { fixtureCatalog } from '../catalog-fixture.ts'
import { catalogFaults } from './catalog-check.ts'
import { shapeFaults } from './master-check.ts'

const UNIT = 'SUZ/MOLD/IM/IM01'
const name = { zh: '名', en: 'name' }

function changed(change: (catalog: CatalogDocument) => void): CatalogDocument {
  const catalog = structuredClone(fixtureCatalog())
  change(catalog)
  return catalog
}
const faults = (change: (catalog: CatalogDocument) => void) => catalogFaults(changed(change))
function shapeOf(change: (catalog: CatalogDocument) => void): string[] {
  const input = changed(change)
  const result = catalogDocument.safeParse(input)
  return result.success ? [] : shapeFaults(input, result.error)
}
const shift = (code: string, start: string, end: string, breaks: { start: string; end: string }[] = []) => ({
  code,
  name,
  start,
  end,
  endOffsetDays: start < end ? 0 : 1,
  breaks,
})
const shiftsOf = (catalog: CatalogDocument) => catalog.sites[0]?.shifts ?? []

describe('a master that cannot be', () => {
  it('is refused with its row named, and the catalog of the tests is none', () => {
    expect(faults(() => undefined)).toEqual([])
  })

  it('is a cycle of no time, of a unit or of a rate', () => {
    const unit = shapeOf((catalog) => {
      for (const each of catalog.equipment) if (each.path === UNIT) each.idealCycleSeconds = 0
    })
    expect(unit).toEqual([expect.stringMatching(/^equipment SUZ\/MOLD\/IM\/IM01, idealCycleSeconds: /)])
    const rate = shapeOf((catalog) => catalog.rates.push({ equipment: UNIT, material: 'M1', idealCycleSeconds: 0 }))
    expect(rate).toEqual([expect.stringMatching(/^rates M1 \/ SUZ\/MOLD\/IM\/IM01, idealCycleSeconds: /)])
    expect(faults((catalog) => catalog.rates.push({ equipment: 'SUZ', material: 'M1', idealCycleSeconds: 1 }))).toEqual(
      ['rate of M1: SUZ is a site, which has no cycle'],
    )
  })

  it('is a calendar that overlaps: shifts, breaks, codes', () => {
    const shifts = (...rules: ReturnType<typeof shift>[]) =>
      faults((catalog) => shiftsOf(catalog).splice(0, Infinity, ...rules))
    expect(shifts(shift('A', '06:00', '14:00'), shift('B', '13:00', '22:00'))).toEqual([
      'site SUZ: shifts A and B overlap',
    ])
    expect(shifts(shift('A', '06:00', '14:00'), shift('N', '22:00', '07:00'))).toEqual([
      'site SUZ: shift N overlaps A of the next day',
    ])
    expect(shifts(shift('A', '06:00', '14:00'), shift('A', '14:00', '22:00'))).toEqual([
      'site SUZ: shift A stands twice',
    ])
    const breaks = (...list: string[]) =>
      shifts(
        shift(
          'N',
          '22:00',
          '06:00',
          list.map((each) => ({ start: each.slice(0, 5), end: each.slice(6) })),
        ),
      )
    expect(breaks('01:00-01:30', '23:50-00:10')).toEqual([])
    expect(breaks('01:00-01:30', '01:20-01:40')).toEqual([
      'site SUZ: the break 01:00–01:30 of shift N overlaps 01:20–01:40',
    ])
    expect(breaks('05:50-06:10')).toEqual(['site SUZ: the break 05:50–06:10 of shift N lies outside of the shift'])
    expect(breaks('12:00-12:30')).toEqual(['site SUZ: the break 12:00–12:30 of shift N lies outside of the shift'])
    expect(breaks('01:00-01:00')).toEqual(['site SUZ: the break 01:00–01:00 of shift N has no length'])
  })

  it('is a calendar or a clock that says two things at once', () => {
    const site = (catalog: CatalogDocument) => catalog.sites[0]!
    const on = (from: string, to: string) => ({ from, to, shifts: [], name })
    const days = (...list: [string, string][]) =>
      faults((catalog) => site(catalog).exceptions.push(...list.map(([from, to]) => on(from, to))))
    expect(days(['2027-02-05', '2027-02-11'], ['2027-02-06', '2027-02-06'])).toEqual([])
    expect(days(['2027-02-05', '2027-02-11'], ['2027-02-05', '2027-02-11'])).toEqual([
      'site SUZ: the exception from 2027-02-05 to 2027-02-11 stands twice',
    ])
    const rule = shift('X', '15:00', '19:00', [{ start: '20:00', end: '20:10' }])
    expect(
      faults((catalog) =>
        site(catalog).exceptions.push({ ...on('2027-03-06', '2027-03-06'), shifts: ['X'], rules: [rule] }),
      ),
    ).toEqual(['site SUZ from 2027-03-06: the break 20:00–20:10 of shift X lies outside of the shift'])
    const hour = 3_600_000
    const clocks = (...list: [equipment: string, from: number, to: number][]) =>
      faults((catalog) =>
        Object.assign(site(catalog), {
          clockCorrections: list.map(([equipment, from, to]) => {
            return { equipment, fromAt: from * hour, toAt: to * hour, offsetMs: 90_000, name }
          }),
        }),
      )
    expect(clocks([UNIT, 0, 1], [UNIT, 1, 2])).toEqual([])
    const at = (from: string) => `site SUZ: the clock correction of ${UNIT} from 1970-01-01T${from}:00:00.000Z`
    expect(clocks([UNIT, 0, 2], [UNIT, 1, 3])).toEqual([`${at('00')} overlaps the one from 1970-01-01T01:00:00.000Z`])
    expect(clocks([UNIT, 2, 2])).toEqual([`${at('02')} ends before it starts`])
    expect(clocks(['SUZ/X', 0, 1])).toEqual([
      'site SUZ: the clock correction of SUZ/X from 1970-01-01T00:00:00.000Z: equipment SUZ/X is missing',
    ])
  })

  it('is a code with two meanings from one instant on; one for each time is none', () => {
    const codes = (...dates: (string | undefined)[]) =>
      faults((catalog) => {
        const mapping = { domain: 'material' as const, source: 'erp', code: '7', target: 'M1' }
        catalog.codeMappings.push(...dates.map((validFrom) => ({ ...mapping, ...(validFrom ? { validFrom } : {}) })))
      })
    expect(codes(undefined, '2026-11-01T00:00:00.000Z')).toEqual([])
    expect(codes('2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z')).toEqual([
      'code mapping material / erp / 7 / 2026-11-01T00:00:00.000Z stands twice',
    ])
  })

  it('is a material that contains itself', () => {
    const components = (...lines: [string, string][]) =>
      faults((catalog) => {
        catalog.materials.push({ id: 'M2', name, unit: 'piece' }, { id: 'M3', name, unit: 'kg' })
        catalog.components = lines.map(([material, component], item) => ({
          material,
          item: String(item),
          component,
          quantityPer: 1,
        }))
      })
    expect(components(['M1', 'M2'], ['M2', 'M3'])).toEqual([])
    expect(components(['M1', 'M2'], ['M2', 'M3'], ['M3', 'M1'])).toEqual([
      'components: M1 → M2 → M3 → M1 contains itself',
    ])
    expect(components(['M1', 'M1'])).toEqual(['components: M1 → M1 contains itself'])
    expect(components(['M1', 'M9'])).toEqual(['component M1 / 0: material M9 is missing'])
  })

  it('is equipment that is its own parent, or stands below what it must stand above', () => {
    const more = (path: string, level: CatalogDocument['equipment'][number]['level']) =>
      faults((catalog) => catalog.equipment.push({ path, level, name, sortOrder: 9, idealCycleSeconds: 1 }))
    expect(more(`${UNIT}/IM01`, 'work-unit')).toEqual([`equipment ${UNIT}/IM01: it is its own parent`])
    expect(more('SUZ/SUZ', 'site')).toEqual(['equipment SUZ/SUZ: it is its own parent'])
    expect(more(`${UNIT}/X`, 'line')).toEqual([`equipment ${UNIT}/X: a line cannot stand below the work-unit ${UNIT}`])
    expect(more('SUZ/X', 'work-unit')).toEqual([])
    expect(more('XYZ', 'line')).toContain('equipment XYZ: only a site stands at the top, this is a line')
  })

  it('is a limit below itself, or a mapping to nothing', () => {
    expect(faults((catalog) => Object.assign(catalog.points.at(-1) ?? {}, { low: 5, high: 5 }))).toEqual([
      'point SUZ/MOLD/IM/IM02:temperature: its low limit 5 is not below its high limit 5',
    ])
    expect(
      faults((catalog) => catalog.codeMappings.push({ domain: 'reason', source: 'erp', code: '7', target: 'R9' })),
    ).toEqual(['code mapping erp / 7: reason R9 is missing'])
  })
})
