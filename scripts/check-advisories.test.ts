import { describe, expect, it } from 'vitest'
import { judge } from './check-advisories.mjs'

const advisory = (severity: string, url = 'https://example.org/a-1') => ({ name: 'x', severity, title: 't', url })
const report = (...via: unknown[]): string =>
  JSON.stringify({ vulnerabilities: { x: { via }, y: { via: ['x'] } }, metadata: {} })

describe('the check of advisories', () => {
  it('fails on a high or critical one, counted once, and only names lower ones', () => {
    expect(judge(report(advisory('high'), advisory('high')), {}).bad).toHaveLength(1)
    expect(judge(report(advisory('moderate')), {})).toMatchObject({ bad: [], others: 1 })
    expect(judge(report(), {})).toMatchObject({ answered: true, bad: [], others: 0 })
  })

  it('lets through what somebody has read', () => {
    expect(judge(report(advisory('critical')), { 'https://example.org/a-1': 'only in the browser' }).bad).toEqual([])
  })

  it('does not take silence for safety', () => {
    for (const output of ['', 'npm error code ENOTFOUND', '{"message":"404 Not Found"}', '{"error":{"summary":"x"}}'])
      expect(judge(output, {}).answered).toBe(false)
  })
})
