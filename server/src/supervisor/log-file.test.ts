import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { LogFile, readable } from './log-file.ts'

const folders: string[] = []
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'gemba-log-'))
  folders.push(path)
  return path
}
afterEach(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })))

describe('the log of a child', () => {
  it('is put aside when it is large, and only a few old ones are kept', () => {
    const home = folder()
    const log = new LogFile(join(home, 'server.log'))
    const megabyte = Buffer.alloc(1_000_000, 'x')
    for (let round = 0; round < 65; round += 1) log.write(megabyte)
    log.close()
    expect(readdirSync(home).sort()).toEqual(['server.log', 'server.log.1', 'server.log.2', 'server.log.3'])
    for (const name of readdirSync(home)) {
      expect(statSync(join(home, name)).size).toBeLessThanOrEqual(10_000_000)
      expect(statSync(join(home, name)).mode & 0o077).toBe(0)
    }
  })

  it('speaks of the current start only', () => {
    const log = new LogFile(join(folder(), 'x.log'))
    log.write('old\n')
    log.mark()
    log.write('new\n')
    expect(log.lastLines(5)).toEqual(['new'])
    log.close()
  })

  it('is shown to a person without stacks and JSON', () => {
    const text = [
      '{"level":50,"msg":"cannot start","err":{"message":"port taken"}}',
      '{"level":30,"msg":"ready"}',
      'Error: something broke',
      '    at ModuleJob.link (node:internal/modules/esm/module_job:381:17)',
      'Node.js v24.21.0',
      '-- 2026-11-21T05:11:36.661Z server ended (exit code 1); restart in 800 ms',
    ].join('\n')
    expect(readable(text)).toEqual(['cannot start: port taken', 'ready', 'Error: something broke'])
  })
})
