/** For tests: links made and opened over HTTP as pages do it. */
import { SHARE_HEADER, type ShareMade, shareMade } from '@gemba/contracts/share'
import type { Answer, RunningApplication } from '../../application-fixture.ts'

/** Each opening comes from an address of its own: openings of one address are paced. */
let addresses = 0
export const anotherAddress = (): string => {
  addresses += 1
  return `127.5.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`
}

export async function makeLink(server: RunningApplication, cookie: string, wanted: object): Promise<ShareMade> {
  const answer = await server.call('POST', '/api/shares', { cookie, json: { name: '给客户', ...wanted } })
  if (answer.status !== 201) throw new Error(answer.text)
  return shareMade.parse(answer.json())
}

/** Id and secret of a path that was shown once. */
export function partsOf({ path }: Pick<ShareMade, 'path'>): { link: string; secret: string } {
  const [, link, secret] = /^\/s\/([0-9a-f-]{36})#([\w-]{43})$/.exec(path) ?? []
  if (link === undefined || secret === undefined) throw new Error(`${path} is no path of a link`)
  return { link, secret }
}

export const openLink = (
  server: RunningApplication,
  { link, secret }: { link: string; secret: string },
  more: { password?: string; cookie?: string; from?: string } = {},
): Promise<Answer> =>
  server.call('POST', `/api/share-visits/${link}`, {
    json: { secret, ...(more.password === undefined ? {} : { password: more.password }) },
    from: more.from ?? anotherAddress(),
    ...(more.cookie === undefined ? {} : { cookie: more.cookie }),
  })

/** A visitor who speaks for one link and nobody else. */
export interface Visitor {
  readonly cookie: string
  ask(method: string, path: string, json?: unknown): Promise<Answer>
}

export async function visitorOf(
  server: RunningApplication,
  made: Pick<ShareMade, 'path'>,
  password?: string,
): Promise<Visitor> {
  const { link, secret } = partsOf(made)
  const answer = await openLink(server, { link, secret }, password === undefined ? {} : { password })
  if (answer.status !== 200) throw new Error(answer.text)
  const cookie = String(answer.headers['set-cookie']?.[0]?.split(';')[0])
  const ask = (method: string, path: string, json?: unknown): Promise<Answer> =>
    server.call(method, path, { cookie, headers: { [SHARE_HEADER]: link }, ...(json === undefined ? {} : { json }) })
  return { cookie, ask }
}
