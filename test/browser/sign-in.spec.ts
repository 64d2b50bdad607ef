/** People, a company account and a display in a real browser: second factor, provider, pairing, audit trail. */
import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { DIRECTORY, type RunningDirectory, startDirectory } from '../../server/src/accounts/identity/slapd-fixture.ts'
import { type RunningProvider, startOidcProvider } from '../../server/src/accounts/identity/oidc-provider-fixture.ts'
import { type Product, freePort, startProduct } from '../flows/product.ts'
import { BEFORE_ALL_MS } from './product-desk.ts'

let folder: string
let provider: RunningProvider
let directory: RunningDirectory | null = null
let product: Product

/** Debian's package; without it the test of the directory is skipped. */
const hasDirectory = existsSync('/usr/sbin/slapd')
const ldapOf = ({ url, caFile }: RunningDirectory) => ({
  ...{ url, caFile, startTls: true },
  bindDn: DIRECTORY.reader,
  bindPassword: DIRECTORY.readerPassword,
  base: DIRECTORY.base,
  groupBase: DIRECTORY.groupBase,
  groupFilter: '(member={dn})',
  roles: { 'quality-engineers': ['quality'] },
})

test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  provider = await startOidcProvider(
    [{ sub: 'p-1', preferred_username: 'he.jun', name: '何军', groups: ['SUZ-leads'] }],
    `${publicUrl}/api/sign-in/oidc/callback`,
  )
  folder = mkdtempSync(join(tmpdir(), 'gemba-identity-'))
  directory = hasDirectory ? await startDirectory() : null
  const file = join(folder, 'identity.json')
  const roles = { 'SUZ-leads': ['manager'] }
  const oidc = { issuer: provider.issuer, ...provider.client, publicUrl, roles, allowInsecure: true }
  writeFileSync(file, JSON.stringify({ oidc, ...(directory ? { ldap: ldapOf(directory) } : {}) }))
  product = await startProduct({ port, plant: 'nervous', environment: { GEMBA_IDENTITY: file } })
})
test.afterAll(async () => {
  await product?.stop()
  await provider?.stop()
  await directory?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

async function signIn(page: Page, user: string): Promise<void> {
  await page.goto(`${product.url}/sign-in`)
  await page.fill('#user', user)
  await page.fill('#password', product.password)
  await page.press('#password', 'Enter')
}

/** Pictures for a look by eye, where a folder is named for them. */
async function picture(page: Page, name: string): Promise<void> {
  const target = process.env['GEMBA_PICTURES']
  if (target) await page.screenshot({ path: join(target, `${name}.png`) })
}

/** What an authenticator shows (RFC 6238), written anew: not by the code under test. */
function codeOf(secret: string, atMs = Date.now()): string {
  const bits = [...secret.replaceAll(' ', '')]
    .map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = digest[19]! & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('a second factor is enrolled with a QR code and asked for at the next sign-in', async ({ page, context }) => {
  await signIn(page, 'quality')
  await expect(page.getByRole('heading', { name: '赵强' })).toBeVisible()
  await page.goto(`${product.url}/profile`)
  await page.getByRole('button', { name: '启用第二验证' }).click()
  await page.fill('[name="factor-password"]', product.password)
  await page.getByRole('button', { name: '确认' }).click()
  const qr = page.locator('img.code')
  await expect(qr).toBeVisible()
  expect(await qr.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(20)
  const secret = await page.locator('code.secret').innerText()
  await picture(page, 'second-factor')
  await page.fill('[name="factor-proof"]', codeOf(secret))
  await page.getByRole('button', { name: '确认' }).click()
  await expect(page.locator('.codes li')).toHaveCount(10)
  const recovery = await page.locator('.codes li').first().innerText()
  await page.getByRole('button', { name: '已保管好' }).click()
  await expect(page.getByText('已启用，自')).toBeVisible()
  await picture(page, 'profile')

  await context.clearCookies()
  await signIn(page, 'quality')
  await expect(page.locator('[name="code"]')).toBeFocused()
  await picture(page, 'sign-in-code')
  await page.fill('[name="code"]', 'abcdef')
  await page.press('[name="code"]', 'Enter')
  await expect(page.getByRole('alert').first()).toContainText('验证码不正确')
  await page.fill('[name="code"]', codeOf(secret, Date.now() + 30_000))
  await page.press('[name="code"]', 'Enter')
  await expect(page.locator('.board-card').first()).toBeVisible()

  await context.clearCookies()
  await signIn(page, 'quality')
  await page.fill('[name="code"]', recovery)
  await page.press('[name="code"]', 'Enter')
  await expect(page.locator('.board-card').first()).toBeVisible()
})

test('a one-time password opens the own account only, until it is changed', async ({ page, browser }) => {
  const admin = await browser.newPage()
  await signIn(admin, 'admin')
  await expect(admin.locator('.board-card').first()).toBeVisible()
  const answer = await admin.request.post(`${product.url}/api/accounts/operator/one-time-password`, {
    headers: { origin: product.url },
  })
  const { password } = (await answer.json()) as { password: string }
  await admin.close()
  await page.goto(`${product.url}/metrics`)
  await page.fill('#user', 'operator')
  await page.fill('#password', password)
  await page.press('#password', 'Enter')
  await expect(page).toHaveURL(/\/profile$/)
  await expect(page.getByText('请先修改密码')).toBeVisible()
  await page.fill('[name="current-password"]', password)
  await page.fill('[name="new-password"]', 'Password2026!')
  await page.fill('[name="repeated-password"]', 'Password2026!')
  await page.getByRole('button', { name: '修改密码' }).click()
  await expect(page.getByRole('alert')).toContainText('常见密码')
  await page.fill('[name="new-password"]', 'horse window calendar')
  await page.fill('[name="repeated-password"]', 'horse window calendar')
  await page.getByRole('button', { name: '修改密码' }).click()
  await expect(page.locator('.board-card').first()).toBeVisible()
})

/** Says on the page of the provider who it is. */
async function nameOneself(page: Page): Promise<void> {
  await page.fill('[name="login"]', 'p-1')
  await page.fill('[name="password"]', 'any')
  await page.locator('button[type="submit"]').click()
}

/** Comes in through the provider, which asks once more whether the product may know. */
async function comeInByProvider(page: Page): Promise<void> {
  await page.getByRole('link', { name: '用公司账号登录' }).click()
  await nameOneself(page)
  await page.locator('button[type="submit"]').click()
}

test('a company account comes in through its provider and lands where it wanted', async ({ page }) => {
  await page.goto(`${product.url}/metrics`)
  await picture(page, 'sign-in')
  await comeInByProvider(page)
  await expect(page).toHaveURL(`${product.url}/metrics`)
  await expect(page.getByText('何军')).toBeVisible()
  await page.goto(`${product.url}/profile`)
  await expect(page.getByText('密码在公司的账号系统里管理')).toBeVisible()
})

test('a company account signs a record: the provider asks anew in a window beside the page', async ({ page }) => {
  await page.goto(`${product.url}/records?kind=stop-entry`)
  await comeInByProvider(page)
  await page.locator('.data-table .open').first().click()
  await expect(page.getByText('签名所涵盖的内容')).toBeVisible()
  await page.getByRole('button', { name: '签名', exact: true }).click()
  await page.getByLabel('负责').check()
  await picture(page, 'sign-record')
  const opened = page.waitForEvent('popup')
  await page.getByRole('button', { name: '签名', exact: true }).last().click()
  const beside = await opened
  const closed = beside.waitForEvent('close')
  // It has agreed already: it is only asked who it is.
  await nameOneself(beside)
  await closed
  await expect(page.getByText('负责 · 何军').first()).toBeVisible()
  await picture(page, 'signed-record')
})

test('an account of the directory comes in by the same form, and its password is not kept here', async ({ page }) => {
  test.skip(!hasDirectory, 'slapd is not installed')
  await page.goto(`${product.url}/sign-in`)
  await page.fill('#user', 'sun.li')
  await page.fill('#password', 'wrong')
  await page.press('#password', 'Enter')
  await expect(page.getByRole('alert')).toBeVisible()
  await page.fill('#password', 'directory-password-1')
  await page.press('#password', 'Enter')
  await expect(page.getByRole('button', { name: /Sun Li/ })).toBeVisible()
  await page.goto(`${product.url}/profile`)
  await expect(page.getByText('密码在公司的账号系统里管理')).toBeVisible()
})

test('a display shows a code, is let in, sees its board, and is shut out when it is removed', async ({ browser }) => {
  const wall = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await wall.goto(`${product.url}/pair`)
  const code = wall.locator('[data-pairing-code]')
  await expect(code).toHaveText(/^\d{3} \d{3}$/)
  await picture(wall, 'pair')
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await signIn(page, 'manager')
  await page.getByRole('link', { name: '屏幕', exact: true }).click()
  await page.getByRole('button', { name: '配对屏幕' }).click()
  await page.fill('[name="pairing-code"]', '000 00')
  await page.getByRole('button', { name: '确认配对' }).click()
  await expect(page.getByText('六位数字', { exact: true })).toBeVisible()
  await page.fill('[name="pairing-code"]', await code.innerText())
  await page.fill('[name="display-name"]', '注塑车间东墙')
  await page.locator('input[type="checkbox"][value="oee"]').check()
  await picture(page, 'displays-pair')
  await page.getByRole('button', { name: '确认配对' }).click()
  await expect(page.getByText('「注塑车间东墙」已配对')).toBeVisible()
  await expect(wall).toHaveURL(/\/boards\/oee$/, { timeout: 60_000 })
  await expect(wall.locator('[data-tile="oee"][data-state="ready"]')).toBeVisible()
  await wall.goto(`${product.url}/sources`)
  await expect(wall).toHaveURL(/\/boards\/oee$/)
  await wall.goto(`${product.url}/boards/order-progress`)
  await expect(wall).toHaveURL(/\/boards\/oee$/)
  await expect(wall.locator('[data-tile="oee"][data-state="ready"]')).toBeVisible()
  await picture(page, 'displays')
  await page.getByRole('button', { name: '移除' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '移除' }).click()
  await expect(wall).toHaveURL(/\/pair$/, { timeout: 60_000 })
  await wall.context().close()
  await page.context().close()
})

test('the audit trail is found, searched and checked in both languages and themes', async ({ page }) => {
  await signIn(page, 'admin')
  await page.getByRole('link', { name: '审计' }).click()
  await expect(page.locator('tbody tr').first()).toBeVisible()
  await page.getByRole('searchbox').fill('device.paired')
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await page.locator('tbody button').click()
  await expect(page.getByRole('dialog')).toContainText('注塑车间东墙')
  await picture(page, 'audit-entry')
  await page.keyboard.press('Escape')
  await page.getByRole('searchbox').fill('')
  await page.getByRole('button', { name: '校验' }).click()
  await expect(page.getByText('逐条校验无误')).toBeVisible()
  await picture(page, 'audit')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: '导出 CSV' }).click()
  expect((await download).suggestedFilename()).toMatch(/^audit-\d{4}-\d{2}-\d{2}\.csv$/)
  await page.evaluate(() =>
    localStorage.setItem('gemba.preferences', JSON.stringify({ language: 'en', theme: 'dark' })),
  )
  for (const path of ['audit', 'displays', 'profile']) {
    await page.goto(`${product.url}/${path}`)
    await expect(page.getByRole('heading').first()).toBeVisible()
    await picture(page, `${path}-en-dark`)
    const words = await page.locator('main').innerText()
    expect(words).not.toMatch(/(accounts|audit|signatures)\.\w+/)
  }
})
