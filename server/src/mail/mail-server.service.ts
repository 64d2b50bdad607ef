/** Which mail server letters go to. The watchdog reads it by itself, so it needs no part of the server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mailSettingsChange } from '@gemba/contracts/delivery'
import { z } from 'zod'
import type { SecretBox } from '../database/secret-box.ts'

export interface MailServer {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly user: string | null
  readonly password: string | null
  readonly from: string
  readonly fromName: string
  readonly publicUrl: string
  readonly mostAttachedMb: number
}

/** As it lies in the database: the password is sealed. */
export const storedMail = mailSettingsChange.omit({ password: true }).extend({ passwordSealed: z.string().nullable() })
export type StoredMail = z.infer<typeof storedMail>

type Query = (statement: string) => Promise<readonly { value: unknown }[]>

export interface MailSurroundings {
  readonly demo: boolean
  readonly dataDir: string
  readonly port: number
}

/** The mail server in force; null = none is set up. Without one of its own the demo uses the sink of its factory. */
export async function mailServer(query: Query, box: SecretBox, around: MailSurroundings): Promise<MailServer | null> {
  const [row] = await query("SELECT value FROM setting WHERE key = 'mail'")
  if (row === undefined) return around.demo ? sinkOf(around) : null
  const { passwordSealed, ...rest } = storedMail.parse(row.value)
  return { ...rest, password: passwordSealed === null ? null : box.open(passwordSealed) }
}

/** Where people reach the product from outside, as the mail settings name it; null = they do not. No secret is opened. */
export async function publicAddress(query: Query, around: MailSurroundings): Promise<string | null> {
  const [row] = await query("SELECT value FROM setting WHERE key = 'mail'")
  const known = row === undefined ? (around.demo ? sinkOf(around) : null) : storedMail.safeParse(row.value).data
  return known?.publicUrl || null
}

function sinkOf({ dataDir, port }: MailSurroundings): MailServer | null {
  try {
    const sink = z
      .object({ port: z.int() })
      .parse(JSON.parse(readFileSync(join(dataDir, 'plant', 'mail', 'sink.json'), 'utf8')))
    return {
      host: '127.0.0.1',
      port: sink.port,
      tls: 'none',
      user: null,
      password: null,
      from: 'report@suz.example',
      fromName: 'Gemba 现场',
      publicUrl: `http://127.0.0.1:${port}`,
      mostAttachedMb: 10,
    }
  } catch {
    return null
  }
}
