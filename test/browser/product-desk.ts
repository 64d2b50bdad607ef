/** One product for the tests that do not disturb one another: started when the first asks for it, ended after the last. */
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, type Page } from '@playwright/test'
import { type Product, startProduct } from '../flows/product.ts'

/** Where the tests ask; they run in processes of their own, which end when one of them fails. */
const DESK = 'GEMBA_PRODUCT_DESK'

export type SharedProduct = Pick<Product, 'url' | 'password'>

/** Run by Playwright before the first test; gives what it runs after the last one. */
export default async function open(): Promise<() => Promise<void>> {
  let product: Promise<Product> | null = null
  // A start that failed fails the tests of one file; the next one tries again.
  const start = () =>
    startProduct({ plant: 'nervous' }).catch((error: Error) => ((product = null), Promise.reject(error)))
  const desk = createServer((_, answer) => {
    product ??= start()
    product.then(
      ({ url, password }) => answer.end(JSON.stringify({ url, password } satisfies SharedProduct)),
      (error: Error) => answer.writeHead(503).end(error.message),
    )
  })
  await listen(desk)
  process.env[DESK] = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`
  return async () => {
    desk.close()
    await (await product)?.stop()
  }
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))

/** The product of all; tests that stop its parts, set it up differently or count what is in it start their own. */
export async function sharedProduct(): Promise<SharedProduct> {
  const answer = await fetch(process.env[DESK] ?? '')
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as SharedProduct
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
