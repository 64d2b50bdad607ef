/** Share links in a real browser: made at a report, opened by somebody who is not signed in, ended by their maker. */
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { BEFORE_ALL_MS, type SharedProduct, publishReport, sharedProduct } from './product-desk.ts'

const REPORT = 'shared-figures'
const FIGURE = '4711'
const PASSWORD = 'ein Wort 42'
const PATIENT = { timeout: 60_000 }
const TEMPLATE = {
  formatVersion: 1,
  name: { 'zh-CN': '分享的数字', en: 'Shared figures' },
  datasets: {
    r: { kind: 'rows', fields: [{ name: 'figure', type: 'integer' }], rows: [{ figure: Number(FIGURE) }] },
  },
  cells: [{ at: 'A1', value: { field: 'r.figure', as: 'sum' } }],
}
let product: SharedProduct
test.beforeAll(async ({ browser }) => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
  const page = await browser.newPage()
  await signIn(page)
  await publishReport(page, product.url, { id: REPORT, template: TEMPLATE })
  await page.close()
})

const post = async (page: Page, path: string, data: object): Promise<void> => {
  const answer = await page.request.post(`${product.url}${path}`, { data, headers: { origin: product.url } })
  expect(answer.ok(), await answer.text()).toBe(true)
}
const signIn = (page: Page): Promise<void> =>
  post(page, '/api/sessions', { user: 'manager', password: product.password })

/** Pictures for a look by eye, where a folder is named for them. */
async function picture(page: Page, name: string): Promise<void> {
  const target = process.env['GEMBA_PICTURES']
  if (target) await page.screenshot({ path: join(target, `${name}.png`), fullPage: true })
}
const figure = (page: Page) => page.frameLocator('iframe').first().getByText(FIGURE, { exact: true })

test('a link to a report opens without signing in, asks for its password, and is dead once it is revoked', async ({
  page,
  browser,
}) => {
  // Two readers, one after the other, on a slow machine.
  test.setTimeout(240_000)
  await signIn(page)
  await page.goto(`${product.url}/reports/${REPORT}`)
  await expect(figure(page)).toBeVisible(PATIENT)
  await page.getByRole('button', { name: '建立分享链接' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: /每次重新运行，参数不变/ }).check()
  await dialog.locator('[name="share-name"]').fill('给客户')
  await dialog.locator('[name="share-password"]').fill(PASSWORD)
  await dialog.getByRole('button', { name: '建立链接' }).click()
  const address = await dialog.locator('[name="share-address"]').inputValue(PATIENT)
  expect(address).toMatch(/\/s\/[0-9a-f-]{36}#[\w-]{43}$/)

  const stranger = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await stranger.goto(address)
  await expect(stranger.getByRole('heading', { name: '此链接需要密码' })).toBeVisible(PATIENT)
  await expect(stranger).not.toHaveURL(/#/)
  await stranger.locator('[name="share-password"]').fill('something else')
  await stranger.getByRole('button', { name: '打开' }).click()
  await expect(stranger.getByText('还可以再试 4 次')).toBeVisible(PATIENT)
  await stranger.locator('[name="share-password"]').fill(PASSWORD)
  await stranger.getByRole('button', { name: '打开' }).click()
  await expect(figure(stranger)).toBeVisible(PATIENT)
  await expect(stranger.getByRole('heading', { name: '分享的数字' })).toBeVisible()
  await expect(stranger.getByText('给客户')).toBeVisible()
  await expect(stranger.getByRole('button', { name: '下载' })).toHaveCount(0)
  await picture(stranger, 'share-visit')
  // The page of the link is all there is: the rest of the product asks to sign in.
  await stranger.reload()
  await expect(figure(stranger)).toBeVisible(PATIENT)

  await page.goto(`${product.url}/shares`)
  const row = page.locator('tr[data-share]').filter({ hasText: '给客户' })
  await expect(row).toContainText('有效', PATIENT)
  await picture(page, 'shares')
  await row.getByRole('button', { name: '停用' }).click()
  await page.getByRole('row').filter({ hasText: '不能撤销' }).getByRole('button', { name: '停用' }).click()
  await expect(row).toContainText('已停用', PATIENT)
  await expect(stranger.getByRole('heading', { name: '分享链接已失效' })).toBeVisible(PATIENT)
  await expect(stranger.locator('iframe')).toHaveCount(0)
  await stranger.goto(`${product.url}/reports/${REPORT}`)
  await expect(stranger).toHaveURL(/sign-in/, PATIENT)
  await stranger.context().close()
})
