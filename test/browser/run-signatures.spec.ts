/** Signing a finished run in a real browser, against the whole product. */
import { expect, test } from '@playwright/test'
import { BEFORE_ALL_MS, type SharedProduct, publishReport, sharedProduct } from './product-desk.ts'

let product: SharedProduct

const REPORT = {
  formatVersion: 1,
  name: { 'zh-CN': '月度核对', en: 'Monthly check' },
  sheet: { paging: { mode: 'paper' } },
  cells: [{ at: 'A1', value: { lit: 4711 } }],
}

test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
})

test('a run is signed with a meaning and the password, and shows who signed which content', async ({ page }) => {
  const headers = { origin: product.url }
  const signIn = { user: 'manager', password: product.password }
  expect((await page.request.post(`${product.url}/api/sessions`, { data: signIn, headers })).ok()).toBe(true)
  await publishReport(page, product.url, { id: 'monthly-check', template: REPORT })
  await page.goto(`${product.url}/reports/monthly-check`)
  await expect(page.locator('.stage').frameLocator('iframe').first().getByText('4711')).toBeVisible({ timeout: 60_000 })

  await page.getByRole('button', { name: '签名' }).click()
  const panel = page.getByRole('dialog', { name: '签名', exact: true })
  await expect(panel).toContainText('尚无签名')
  const hash = /[0-9a-f]{64}/.exec(await panel.innerText())?.[0] ?? ''
  await panel.getByRole('button', { name: '签名…' }).click()
  const signing = page.getByRole('dialog', { name: '电子签名' })
  await expect(signing).toContainText(hash)
  await signing.getByRole('radio', { name: '负责' }).check()
  await signing.getByRole('textbox', { name: '备注' }).fill('已与 ERP 核对')
  await signing.getByLabel('再次输入密码').fill('wrong-password')
  await signing.getByRole('button', { name: '签名', exact: true }).click()
  await expect(signing.getByRole('alert')).toBeVisible()
  await signing.getByLabel('再次输入密码').fill(product.password)
  await signing.getByRole('button', { name: '签名', exact: true }).click()
  await expect(signing).toHaveCount(0)
  const signed = panel.getByRole('listitem')
  await expect(signed).toHaveCount(1)
  await expect(signed).toContainText('有效')
  await expect(signed).toContainText('负责')
  await expect(signed).toContainText('已与 ERP 核对')
  await expect(signed).toContainText(hash)
})
