/** The panel beside a report in a real browser, against the whole product: links, points of charts, rows, the way back. */
import { expect, type Page, test } from '@playwright/test'
import { BEFORE_ALL_MS, type SharedProduct, publishReport, sharedProduct } from './product-desk.ts'

let product: SharedProduct

const STOPS = [
  { unit: 'IM01', reason: '换模', minutes: 12 },
  { unit: 'IM01', reason: '缺料', minutes: 3 },
  { unit: 'IM02', reason: '故障', minutes: 40 },
]
const paper = { sheet: { paging: { mode: 'paper', orientation: 'landscape' } } }

/** The stops of one machine. */
const ONE = {
  formatVersion: 1,
  name: { 'zh-CN': '单机停机', en: 'Stops of a machine' },
  ...paper,
  parameters: [{ name: 'unit', label: { 'zh-CN': '机台', en: 'Machine' }, required: true }],
  datasets: { s: STOPS },
  cells: [
    { at: 'A1', value: { field: 's.reason', as: 'list', where: 'row.unit = param.unit' }, expand: 'down' },
    { at: 'B1', value: { field: 's.minutes', as: 'list' } },
  ],
}

/** All machines: names that open the panel, a chart whose points do, and the stops of each in a box. */
const ALL = {
  formatVersion: 1,
  name: { 'zh-CN': '全部停机', en: 'All stops' },
  ...paper,
  parameters: [{ name: 'remark', label: { 'zh-CN': '备注', en: 'Remark' } }],
  datasets: { s: STOPS },
  cells: [
    {
      at: 'A1',
      value: { field: 's.unit', as: 'group' },
      expand: 'down',
      link: { to: 'dialog', target: 'one-machine', params: { unit: 'A1' } },
    },
    { at: 'B1', value: { field: 's.minutes', as: 'sum' } },
    { at: 'C1', span: [1, 2], value: { sub: { template: 'one-machine', params: { unit: 'A1' } } } },
    {
      at: 'A2',
      span: [8, 4],
      value: { chart: { kind: 'bar', category: 'A1', values: [{ value: 'B1' }] } },
      link: { to: 'dialog', target: 'one-machine', point: { category: 'unit' } },
    },
    { at: 'D10', value: { lit: '到总计' }, link: { to: 'place', target: 'B60' } },
    { at: 'A59', value: { lit: '以下为总计' } },
    { at: 'B60', value: { expr: 'SUM(B1)' } },
  ],
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
  const page = await browser.newPage()
  await signIn(page)
  await publishReport(page, product.url, { id: 'one-machine', template: ONE })
  await publishReport(page, product.url, { id: 'all-machines', template: ALL })
  await page.close()
})

async function signIn(page: Page): Promise<void> {
  const data = { user: 'manager', password: product.password }
  const answer = await page.request.post(`${product.url}/api/sessions`, { data, headers: { origin: product.url } })
  expect(answer.ok()).toBe(true)
}

const sheet = (page: Page) => page.locator('.stage').frameLocator('iframe').first()
const panel = (page: Page) => page.getByRole('dialog', { name: '单机停机' })
const inPanel = (page: Page) => panel(page).frameLocator('iframe').first()

async function openReport(page: Page): Promise<void> {
  await signIn(page)
  await page.goto(`${product.url}/reports/all-machines`)
  await expect(sheet(page).getByRole('link', { name: 'IM01' })).toBeVisible({ timeout: 60_000 })
}

test('a link opens its report beside this one, and nothing of this one is lost', async ({ page }) => {
  await openReport(page)
  await page.getByRole('textbox', { name: '备注' }).fill('夜班')
  await sheet(page).getByRole('link', { name: 'IM01' }).click()
  await expect(panel(page)).toContainText('机台 IM01')
  await expect(inPanel(page).getByText('缺料')).toBeVisible({ timeout: 60_000 })
  await expect(inPanel(page).getByText('故障')).toHaveCount(0)
  await expect(page).toHaveURL(/drill=/)
  await expect(panel(page).getByRole('heading', { name: '单机停机' })).toBeFocused()

  await page.keyboard.press('Escape')
  await expect(panel(page)).toHaveCount(0)
  await expect(page).not.toHaveURL(/drill=/)
  await expect(page.getByRole('textbox', { name: '备注' })).toHaveValue('夜班')
  await expect(sheet(page).getByRole('link', { name: 'IM01' })).toBeVisible()

  // The way back of the browser leads into the panel again, and so does the address.
  await page.goBack()
  await expect(inPanel(page).getByText('缺料')).toBeVisible({ timeout: 60_000 })
  await page.reload()
  await expect(inPanel(page).getByText('缺料')).toBeVisible({ timeout: 60_000 })
  await panel(page).getByRole('button', { name: '全部停机' }).click()
  await expect(panel(page)).toHaveCount(0)
})

test('a figure in the panel tells where it comes from, too, and the way back keeps its run', async ({ page }) => {
  await openReport(page)
  await sheet(page).getByRole('link', { name: 'IM01' }).click()
  await inPanel(page).getByText('12', { exact: true }).click({ timeout: 60_000 })
  const card = panel(page).getByRole('dialog', { name: '这个数从哪里来' })
  await expect(card).toContainText('s.minutes')
  await expect(card.getByRole('heading', { name: '这个数从哪里来' })).toBeFocused()
  await card.getByRole('button', { name: '查看全部 1 行' }).click()
  const rows = page.getByRole('dialog', { name: '的记录' })
  await expect(rows.getByRole('cell', { name: '换模' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(rows).toHaveCount(0)
  await expect(card).toContainText('s.minutes')
  // First the card is closed, then the panel.
  await card.getByRole('button', { name: '关闭' }).click()
  await expect(card).toHaveCount(0)
  await expect(panel(page)).toBeVisible()
})

test('a point of a chart opens what it stands for', async ({ page }) => {
  await openReport(page)
  await sheet(page).locator('[ecmeta_data_index="1"]').first().click()
  await expect(panel(page)).toContainText('机台 IM02')
  await expect(inPanel(page).getByText('故障')).toBeVisible({ timeout: 60_000 })
})

test('a figure inside a box tells where it comes from, and shows its rows', async ({ page }) => {
  await openReport(page)
  const inside = sheet(page).locator('.boxed').first().getByText('12', { exact: true })
  await inside.click()
  const card = page.getByRole('dialog', { name: '这个数从哪里来' })
  await expect(card).toContainText('one-machine/1 B1')
  await card.getByRole('button', { name: '查看全部 1 行' }).click()
  const rows = page.getByRole('dialog', { name: '的记录' })
  await expect(rows.getByRole('cell', { name: '换模' })).toBeVisible()
  await expect(rows).toContainText('第 1–1 行，共 1 行')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    rows.getByRole('button', { name: '导出 CSV' }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/\.csv$/)
  await page.keyboard.press('Escape')
  await expect(rows).toHaveCount(0)
  await expect(card).toBeVisible()
})

test('a link to a place leads to the page where it stands and chooses its cell', async ({ page }) => {
  await openReport(page)
  await sheet(page).getByRole('link', { name: '到总计' }).click()
  const total = page.locator('.stage').frameLocator('.paper[data-page="2"] iframe').getByText('55', { exact: true })
  await expect(total).toBeInViewport({ timeout: 60_000 })
  await expect(total).toBeFocused()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})
