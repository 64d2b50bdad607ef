/** Real: the mail sink of the reference factory in a process of its own, and letters over SMTP. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { demoMails } from './demo-mailbox.ts'
import { post } from './mail-post.service.ts'
import { mailServer } from './mail-server.service.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'gemba-sink-'))
const program = pathToFileURL(join(import.meta.dirname, '../../../test/plant/mail-sink.ts')).href
let stop = (): void => undefined

afterEach(() => {
  stop()
  rmSync(dataDir, { recursive: true, force: true })
})

describe('the mail sink of the reference factory', () => {
  it('is the mail server of a demo without one, and keeps what arrives', async () => {
    const folder = join(dataDir, 'plant', 'mail')
    const code = `import { MailSink } from '${program}'; await MailSink.start(${JSON.stringify(folder)}); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: 'inherit' })
    stop = () => void child.kill('SIGKILL')
    await vi.waitFor(() => expect(existsSync(join(folder, 'sink.json'))).toBe(true), { timeout: 30_000 })
    const around = { demo: true, dataDir, port: 8080 }
    const server = await mailServer(() => Promise.resolve([]), null as never, around)
    expect(await mailServer(() => Promise.resolve([]), null as never, { ...around, demo: false })).toBeNull()
    if (server === null) throw new Error('the demo has no mail server')
    const letter = {
      to: { name: '陈静', address: 'executive@suz.example' },
      subject: '生产日报 2026-11-20',
      text: '您好',
      markup: '<p>您好</p>',
      messageId: '<a@suz.example>',
      repeated: false,
      files: [],
    }
    expect((await post(server, letter)).outcome).toBe('accepted')
    const { mails } = await demoMails(dataDir)
    expect(mails).toMatchObject([
      { to: ['executive@suz.example'], subject: '生产日报 2026-11-20', messageId: '<a@suz.example>' },
    ])
  })
})
