/** Real: an SMTP server on loopback, nodemailer's own connection. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mailAddress } from '@gemba/contracts/delivery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Letter, composed, post } from './mail-post.service.ts'
import type { MailServer } from './mail-server.service.ts'
import { type Mailbox, startMailbox } from './smtp-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'gemba-post-'))
const file = join(folder, 'report.pdf')
let box: Mailbox

const letter = (more: Partial<Letter> = {}): Letter => ({
  to: { name: '陈刚', address: 'chen@suz.example' },
  subject: '生产日报（冲压车间）2026-11-20',
  text: '您好',
  markup: '<p>您好</p>',
  messageId: '<one@suz.example>',
  repeated: false,
  files: [{ name: '生产日报表（冲压车间）2026-11-20 终版.pdf', path: file, type: 'application/pdf' }],
  ...more,
})
const server = (port = box.port): MailServer => ({
  host: '127.0.0.1',
  port,
  tls: 'none',
  user: null,
  password: null,
  from: 'report@suz.example',
  fromName: 'Gemba 现场',
  publicUrl: 'http://gemba.example',
  mostAttachedMb: 10,
})

beforeAll(async () => {
  writeFileSync(file, Buffer.alloc(300_000, 7))
  box = await startMailbox()
})
afterAll(async () => {
  await box.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a letter to a mail server', () => {
  it('comes through with subject, names and files intact', async () => {
    expect(await post(server(), letter())).toMatchObject({
      outcome: 'accepted',
      response: expect.stringContaining('250'),
    })
    const mail = box.mails.at(-1)
    expect(mail?.subject).toBe('生产日报（冲压车间）2026-11-20')
    expect(mail?.messageId).toBe('<one@suz.example>')
    expect(mail?.attachments[0]?.filename).toBe('生产日报表（冲压车间）2026-11-20 终版.pdf')
    expect(mail?.attachments[0]?.size).toBe(300_000)
  })

  it.each([
    ['refuse', 'refused', 550],
    ['busy', 'later', 451],
    ['refuse-content', 'refused', 552],
    ['hang-up', 'later', null],
    ['hang-up-after', 'unknown', null],
    ['take-and-hang-up', 'unknown', null],
  ] as const)('that does %s: the letter is %s', async (behaviour, outcome, code) => {
    box.behave = () => behaviour
    // Large: a hang-up in the middle comes before the last byte has left.
    writeFileSync(file, Buffer.alloc(behaviour === 'hang-up' ? 30_000_000 : 1_000, 7))
    expect(await post(server(), letter())).toMatchObject({ outcome, code })
    box.behave = () => 'take'
  })

  it('that is not there: certainly not taken', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as { port: number }
    await new Promise((resolve) => gone.close(resolve))
    expect(await post(server(port), letter())).toMatchObject({ outcome: 'later', code: null })
  })

  it('refuses a server without encryption where it is demanded', async () => {
    const before = box.mails.length
    expect((await post({ ...server(), tls: 'starttls' }, letter())).outcome).not.toBe('accepted')
    expect(box.mails).toHaveLength(before)
  })
})

describe('what would become another header', () => {
  const breaks = ['\r\n', '\n', '\r', '\u2028', '\u0085', '\0', '\u000b', '%0d%0a', '\r\n\t']
  const payloads = [
    'Bcc: all@evil.example',
    'Content-Type: text/html',
    'X-A: b',
    '.\r\nMAIL FROM:<a@evil.example>',
    '\r\n<script>1</script>',
  ]
  const corpus = breaks.flatMap((lineBreak) => payloads.map((payload) => `Report${lineBreak}${payload}`))

  it('stays inside its line, in subject and names', async () => {
    for (const text of corpus) {
      expect(
        await post(
          server(),
          letter({
            subject: text,
            to: { name: text, address: 'chen@suz.example' },
            files: [{ name: text, path: file, type: 'application/pdf' }],
          }),
        ),
      ).toMatchObject({ outcome: 'accepted' })
      const mail = box.mails.at(-1)
      expect(mail?.bcc).toBeUndefined()
      expect(mail?.headers.has('x-a')).toBe(false)
      expect([mail?.headers.get('content-type')].flat().join()).not.toContain('evil')
      expect(mail?.to && 'value' in mail.to ? mail.to.value.map(({ address }) => address) : []).toEqual([
        'chen@suz.example',
      ])
    }
  })

  it('is no address and no Message-ID', () => {
    for (const text of corpus) {
      expect(mailAddress.safeParse(`a@b.example${text}`).success).toBe(false)
      expect(mailAddress.safeParse(`${text}@b.example`).success).toBe(false)
      expect(() => composed(letter({ to: { name: 'x', address: `a@b.example${text}` } }), server())).toThrow()
      expect(() => composed(letter({ messageId: `<a@b>${text}` }), server())).toThrow()
      expect(() => composed(letter(), { ...server(), from: `a@b.example${text}` })).toThrow()
    }
    for (const address of [
      'a@b',
      'a@b.example, c@d.example',
      '"a b"@c.example',
      '<a@b.example>',
      'a@b.example ',
      'a@-b.example',
      'a..b@c.example',
    ])
      expect(mailAddress.safeParse(address).success, address).toBe(false)
  })
})
