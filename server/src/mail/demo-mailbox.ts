import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DemoMailbox, demoMail } from '@gemba/contracts/delivery'

const MOST = 100

/** What the mail sink of the reference factory took, newest first. */
export async function demoMails(dataDir: string): Promise<DemoMailbox> {
  const folder = join(dataDir, 'plant', 'mail')
  const names = await readdir(folder).catch(() => [])
  const newest = names
    .filter((name) => /^\d+.*\.mail\.json$/.test(name))
    .sort()
    .reverse()
    .slice(0, MOST)
  const mails = await Promise.all(
    newest.map(async (name) => demoMail.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  )
  return { mails }
}
