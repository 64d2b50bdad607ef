/** A plant-IT person in a real browser: makes, limits, rescues and closes accounts, and sets how people sign in. */
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { type Product, startProduct } from '../flows/product.ts'
import { BEFORE_ALL_MS } from './product-desk.ts'

let product: Product
test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await startProduct({ plant: 'nervous' })
})
// One story on one product: a later chapter rests on the ones before.
test.describe.configure({ mode: 'serial' })
test.afterAll(() => product?.stop())

async function signIn(page: Page, user: string, password = product.password): Promise<void> {
  await page.goto(`${product.url}/sign-in`)
  await page.fill('#user', user)
  await page.fill('#password', password)
  await page.press('#password', 'Enter')
  await expect(page).not.toHaveURL(/sign-in/)
}
/** Pictures for a look by eye, where a folder is named for them. */
async function picture(page: Page, name: string): Promise<void> {
  const target = process.env['GEMBA_PICTURES']
  if (target) await page.screenshot({ path: join(target, `${name}.png`), fullPage: true })
}
const openUser = (page: Page, user: string) => page.goto(`${product.url}/access?tab=users&id=${user}`)

test('somebody new gets an account, comes in by its one-time password and chooses another', async ({
  page,
  browser,
}) => {
  await signIn(page, 'admin')
  await page.goto(`${product.url}/access?tab=users`)
  await page.getByRole('button', { name: '新建用户' }).click()
  await page.fill('[name="new-user"]', 'sun.li')
  await page.fill('[name="new-zh"]', '孙丽')
  await page.getByRole('button', { name: '建立账号' }).click()
  const password = await page.locator('dialog code.password').innerText()
  await page.getByRole('button', { name: '已告知本人' }).click()
  await expect(page.getByText('一次性密码，待本人修改')).toBeVisible()
  await expect(page.getByText('没有记录')).toBeVisible()

  const own = await browser.newContext({ locale: 'zh-CN' })
  const theirs = await own.newPage()
  await signIn(theirs, 'sun.li', password)
  await expect(theirs.getByText('请先修改密码').first()).toBeVisible()
  await own.close()

  await page.reload()
  await expect(page.getByText('没有记录')).toBeHidden()
  await picture(page, 'account')
})

test('an account is limited to customers and places, and the limit stays when the page is opened again', async ({
  page,
}) => {
  await signIn(page, 'admin')
  await openUser(page, 'analyst')
  const reach = page.getByRole('region', { name: '范围与属性' })
  await reach.locator('[name="no-limit-customers"]').uncheck()
  await expect(reach.getByText('此范围内什么都看不到')).toBeVisible()
  await reach.locator('[name="limit-customers"]').fill('C-1001， C-1002')
  await reach.getByRole('button', { name: '保存' }).click()
  await expect(reach.getByText('已保存，立即生效')).toBeVisible()
  await page.reload()
  await expect(reach.locator('[name="limit-customers"]')).toHaveValue('C-1001, C-1002')
  await expect(reach.locator('[name="no-limit-suppliers"]')).toBeChecked()
})

test('a board that rules narrow says so to its reader, and to nobody else', async ({ page, browser }) => {
  await signIn(page, 'admin')
  const rule = {
    id: 'R-07',
    name: { zh: '大订单', en: 'large orders' },
    facts: ['order'],
    condition: 'row.quantity > 1000',
    roles: ['executive'],
    enabled: true,
  }
  const headers = { origin: product.url }
  expect((await page.request.put(`${product.url}/api/access/row-rules`, { data: rule, headers })).ok()).toBe(true)
  await page.context().clearCookies()
  await signIn(page, 'executive')
  await page.goto(`${product.url}/boards/order-progress`)
  const mark = page.locator('[data-tile] [role="tooltip"]').first()
  await expect(mark).toHaveText('只计入你有权看到的行：行规则 R-07', { timeout: 30_000 })
  await page.locator('[data-tile] .limit button').first().hover()
  await expect(mark).toBeVisible()
  await expect(page.locator('footer')).toContainText('只计入你有权看到的行：行规则 R-07')
  await picture(page, 'limited-board')
  const whole = await browser.newContext({ locale: 'zh-CN' })
  const manager = await whole.newPage()
  await signIn(manager, 'manager')
  await manager.goto(`${product.url}/boards/order-progress`)
  await expect(manager.locator('[data-tile][data-state="ready"]').first()).toBeVisible({ timeout: 30_000 })
  await expect(manager.locator('[data-tile] [role="tooltip"]')).toHaveCount(0)
  await whole.close()
})

test('an account is locked by wrong passwords, unlocked, and its session ended from here', async ({
  page,
  browser,
}) => {
  await signIn(page, 'admin')
  const own = await browser.newContext({ locale: 'zh-CN' })
  const theirs = await own.newPage()
  await signIn(theirs, 'quality')
  for (let round = 0; round < 5; round += 1)
    await theirs.request.post(`${product.url}/api/sessions`, {
      data: { user: 'quality', password: 'wrong' },
      headers: { origin: product.url },
    })
  await openUser(page, 'quality')
  await expect(page.getByText(/密码连错，锁定到/)).toBeVisible()
  await page.getByRole('button', { name: '解锁' }).click()
  await expect(page.getByText(/密码连错，锁定到/)).toBeHidden()
  const sessions = page.getByRole('region', { name: '打开的会话' })
  await sessions.getByRole('button', { name: '结束' }).first().click()
  await expect(sessions.getByText('没有打开的会话。')).toBeVisible()
  await theirs.goto(`${product.url}/profile`)
  await expect(theirs).toHaveURL(/sign-in/)
  await own.close()
})

test('the own account cannot be closed; another is closed after being asked once more, and opened again', async ({
  page,
}) => {
  await signIn(page, 'admin')
  await openUser(page, 'admin')
  await expect(page.getByRole('button', { name: '设一次性密码' })).toBeVisible()
  await expect(page.getByRole('button', { name: '停用账号' })).toHaveCount(0)
  await expect(page.getByRole('checkbox', { name: '管理员' })).toBeDisabled()
  await openUser(page, 'executive')
  await page.getByRole('button', { name: '停用账号' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: '停用账号' }).click()
  await page.getByRole('button', { name: '重新启用' }).click()
  await expect(page.getByRole('button', { name: '停用账号' })).toBeVisible()
})

test('a folder is made and a board put into it', async ({ page }) => {
  await signIn(page, 'admin')
  await page.goto(`${product.url}/access?tab=folders`)
  await page.fill('[name="folder-path"]', '/shop-floor')
  await page.fill('[name="folder-zh"]', '车间')
  await page.getByRole('button', { name: '建立文件夹' }).click()
  await expect(page.getByRole('cell', { name: '/shop-floor' }).first()).toBeVisible()
  const where = page.getByRole('region', { name: '看板与报表在哪个文件夹' }).getByRole('combobox').last()
  const placed = page.waitForResponse((answer) => answer.url().endsWith('/api/access/objects'))
  await where.selectOption('/shop-floor')
  await placed
  await page.reload()
  await expect(where).toHaveValue('/shop-floor')
  await picture(page, 'folders')
})

test('the rules of sign-in are changed, and a page that may not be seen says so', async ({ page }) => {
  await signIn(page, 'admin')
  await page.goto(`${product.url}/sign-in-settings`)
  await page.fill('[name="idleMinutes"]', '480')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('已保存，立即生效')).toBeVisible()
  await page.reload()
  await expect(page.locator('[name="idleMinutes"]')).toHaveValue('480')
  await expect(page.getByText('未连接').first()).toBeVisible()
  await picture(page, 'sign-in-settings')
  await page.context().clearCookies()
  await signIn(page, 'operator')
  await page.goto(`${product.url}/sign-in-settings`)
  await expect(page.getByText('无权查看').first()).toBeVisible()
})
