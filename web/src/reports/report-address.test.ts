import { describe, expect, it } from 'vitest'
import { isOutside, paramsIn, reportAt } from './report-address.ts'

const ORIGIN = 'https://gemba.example'

describe('links between reports', () => {
  it('lead to a report of this server with its parameters', () => {
    expect(reportAt('/reports/downtime?unit=IM03', ORIGIN)).toEqual({ report: 'downtime', params: { unit: 'IM03' } })
    expect(reportAt(`${ORIGIN}/reports/oee-loss?p=%7B%22day%22%3A%222026-11-20%22%7D`, ORIGIN)?.params).toEqual({
      day: '2026-11-20',
    })
  })

  it('are none of ours on another server or another path', () => {
    expect(reportAt('https://elsewhere.example/reports/downtime', ORIGIN)).toBeNull()
    expect(reportAt('/reports/a/b', ORIGIN)).toBeNull()
    expect(reportAt('/reports/..%2Faccess', ORIGIN)).toBeNull()
  })

  it('never run anything', () => {
    expect(isOutside('javascript:alert(1)')).toBe(false)
    expect(isOutside('data:text/html,x')).toBe(false)
    expect(paramsIn('{"a":{"b":1}}')).toEqual({})
    expect(paramsIn('no json')).toEqual({})
  })
})
