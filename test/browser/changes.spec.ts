/** Two persons in a real browser: one proposes another policy, the other reads what it changes and approves. */
import { join } from 'node:path'
import { type Browser, expect, type Page, test } from '@playwright/test'
import { BEFORE_ALL_MS, type SharedProduct, sharedProduct } from './product-desk.ts'

let product: SharedProduct
test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
})
// One story: a later chapter rests on the ones before.
test.describe.configure({ mode: 'serial' })

const PATIENT = { timeout: 60_000 }

async function as(browser: Browser, user: string): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await page.goto(`${product.url}/sign-in`)
  await page.fill('#user', user)
  await page.fill('#password', product.password)
  await page.press('#password', 'Enter')
  await expect(page).not.toHaveURL(/sign-in/)
  return page
}
/** Pictures for a look by eye, where a folder is named for them. */
async function picture(page: Page, name: string): Promise<void> {
  const target = process.env['GEMBA_PICTURES']
  if (target) await page.screenshot({ path: join(target, `${name}.png`), fullPage: true })
}

test('an administrator asks for four eyes on policies, and can no longer relax that alone', async ({ browser }) => {
  const page = await as(browser, 'admin')
  await page.goto(`${product.url}/changes`)
  const settings = page.getByRole('region', { name: '评审设置' })
  await settings.locator('[name="mode-policy"]').selectOption('four-eyes')
  await settings.getByRole('button', { name: '保存' }).click()
  await expect(settings.getByText('修改这些设置本身也须他人批准。')).toBeVisible(PATIENT)
  await settings.locator('[name="mode-policy"]').selectOption('at-once')
  await expect(settings.getByRole('button', { name: '提交评审' })).toBeDisabled()
  await page.context().close()
})

test('a policy is submitted instead of recorded, and waits at its subject; its author cannot approve it', async ({
  browser,
}) => {
  const page = await as(browser, 'quality')
  await page.goto(`${product.url}/policies`)
  const row = page.getByRole('row').filter({ hasText: '小停阈值' })
  await row.getByRole('button', { name: '变更' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('textbox').first().fill('300')
  await form.locator('textarea').fill('与生产部商定')
  await form.getByRole('button', { name: '提交评审' }).click()
  await expect(page.getByText('1 项变更待评审')).toBeVisible(PATIENT)
  await expect(row).toContainText('没有版本')
  await page.getByRole('link', { name: /小停阈值/ }).click()
  await expect(page.getByText('这是你提出的变更，须由他人批准。')).toBeVisible(PATIENT)
  await expect(page.getByRole('button', { name: '批准并生效' })).toHaveCount(0)
  await picture(page, 'change-own')
  await page.context().close()
})

test('another person is told at home, reads old and new field by field, and approves', async ({ browser }) => {
  test.setTimeout(300_000)
  const page = await as(browser, 'manager')
  await page.getByRole('link', { name: /1 项变更待你评审/ }).click(PATIENT)
  await page.getByRole('button', { name: /小停阈值/ }).click()
  const value = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: '值', exact: true }) })
  await expect(value.locator('del')).toHaveText(/^120\s秒$/, PATIENT)
  await expect(value.locator('ins')).toHaveText(/^300\s秒$/)
  await page.getByRole('button', { name: '试算' }).click()
  await expect(page.getByRole('cell', { name: 'OEE', exact: true })).toBeVisible({ timeout: 180_000 })
  await picture(page, 'change-review')
  await page.getByLabel('批注或理由').fill('同意')
  await page.getByRole('button', { name: '批准并生效' }).click()
  await expect(page.getByText('没有待你评审的变更')).toBeVisible(PATIENT)
  await page.goto(`${product.url}/policies`)
  const row = page.getByRole('row').filter({ hasText: '小停阈值' })
  await expect(row).toContainText('与生产部商定', PATIENT)
  await expect(row).toContainText('quality')
  await page.context().close()
})
