/** One product for the tests that do not disturb one another: started when the first asks for it, ended after the last. */
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, type Page } from '@playwright/test'
import { READY_WITHIN_MS, type Product, startProduct } from '../flows/product.ts'

/** Where the tests ask; they run in processes of their own, which end when one of them fails. */
const DESK = 'GEMBA_PRODUCT_DESK'

/** A question that is not answered for long is given up by `fetch`. */
const ASK_AGAIN_MS = 5_000

/** What a file of tests waits at most before its first: the product, and what it is filled with. */
export const BEFORE_ALL_MS = READY_WITHIN_MS + 120_000

export type SharedProduct = Pick<Product, 'url' | 'password'>

/** Run by Playwright before the first test; gives what it runs after the last one. */
export default async function open(): Promise<() => Promise<void>> {
  let starting: Promise<void> | null = null
  let ready: Product | null = null
  let failure: Error | null = null
  const start = (): Promise<void> =>
    startProduct({ plant: 'nervous' }).then(
      (product) => void (ready = product),
      (error: Error) => void (failure = error),
    )
  const desk = createServer((_, answer) => {
    starting ??= start()
    void Promise.race([starting, new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))]).then(() => {
      if (ready !== null) {
        const { url, password } = ready
        return answer.end(JSON.stringify({ url, password } satisfies SharedProduct))
      }
      if (failure === null) return answer.writeHead(202).end()
      answer.writeHead(503).end(failure.message)
      // A start that failed fails the tests of one file; the next one tries again.
      failure = null
      starting = null
    })
  })
  await listen(desk)
  process.env[DESK] = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`
  return async () => {
    desk.close()
    await starting
    await ready?.stop()
  }
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))

/** The product of all; tests that stop its parts, set it up differently or count what is in it start their own. */
export async function sharedProduct(): Promise<SharedProduct> {
  for (;;) {
    const answer = await fetch(process.env[DESK] ?? '')
    if (!answer.ok) throw new Error(await answer.text())
    if (answer.status !== 202) return (await answer.json()) as SharedProduct
  }
}

/** Publishes a report with the rights of the page; after a failed test its file begins anew and finds it there. */
export async function publishReport(page: Page, url: string, report: { id: string; template: object }): Promise<void> {
  const reports = `${url}/api/reports`
  if ((await page.request.get(`${reports}/${report.id}`)).ok()) return
  for (const [path, data] of [
    ['', report],
    [`/${report.id}/draft/submit`, { revision: 1 }],
    [`/${report.id}/draft/publish`, { revision: 1 }],
  ] as const) {
    const answer = await page.request.post(`${reports}${path}`, { data, headers: { origin: url } })
    expect(answer.ok(), await answer.text()).toBe(true)
  }
}
