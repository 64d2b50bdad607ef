import { describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { readablePassword } from './secrets.ts'

describe('the settings of a start', () => {
  it('have defaults', () => {
    expect(readConfig([], {})).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      demo: true,
      plant: 'reference',
      historyDays: 30,
      givenPassword: null,
      metadataUrl: null,
      warehouseUrl: null,
    })
  })

  it('name every fault at once', () => {
    const read = () => readConfig(['--port', '99999', '--demo', 'maybe'], { METADATA_URL: 'mysql://x' })
    expect(read).toThrow(/port[^]*demo[^]*METADATA_URL/)
    expect(() => readConfig(['--colour', 'red'], {})).toThrow('--colour')
  })

  it('keep the password and the addresses of stores from children that do not need them', () => {
    const config = readConfig([], {
      GEMBA_DEMO_PASSWORD: 'long enough',
      METADATA_URL: 'postgres://u@h/d',
      PATH: '/bin',
    })
    expect(config.givenPassword).toBe('long enough')
    expect(config.inherited).toEqual({ PATH: '/bin' })
  })
})

describe('a password that is printed once', () => {
  it('is long, readable and never the same', () => {
    const passwords = Array.from({ length: 200 }, readablePassword)
    for (const password of passwords) expect(password).toMatch(/^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$/)
    expect(new Set(passwords).size).toBe(200)
  })
})
