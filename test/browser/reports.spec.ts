/** The report viewer in a real browser, against the whole product: library, run, lineage, search, export, languages. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { readXlsx } from '../../server/src/reports/read-xlsx.ts'
import { BEFORE_ALL_MS, type SharedProduct, publishReport, sharedProduct } from './product-desk.ts'

const REPORT = 'known-day'
let product: SharedProduct

test.beforeAll(async ({ browser }) => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
  const page = await browser.newPage()
  await signIn(page)
  await publishReport(page, product.url, { id: REPORT, template: knownDay() })
  await page.close()
})

async function signIn(page: Page, user = 'manager'): Promise<void> {
  const answer = await page.request.post(`${product.url}/api/sessions`, {
    data: { user, password: product.password },
    headers: { origin: product.url },
  })
  expect(answer.ok()).toBe(true)
}

const HOSTILE = "<img src=x onerror=\"top.document.title='broken in'\"><script>top.document.title='broken in'</script>"

/** The daily production as it comes with the product, over the rows of its sample: every figure is known. */
function knownDay(): object {
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(import.meta.dirname, '../../report-templates/daily-production', file), 'utf8'))
  const sample = read('sample.json') as {
    params: Record<string, unknown>
    datasets: Record<string, Record<string, unknown>[]>
  }
  const template = read('template.json') as {
    parameters: Record<string, unknown>[]
    datasets: Record<string, Record<string, unknown>>
  }
  const remarks = [...(sample.datasets['remarks'] ?? []), { no: 9, text: HOSTILE }]
  const rows: Record<string, unknown> = { ...sample.datasets, remarks }
  const list = (values: string[]) => ({ list: values.map((value) => ({ value })) })
  return {
    ...template,
    name: { 'zh-CN': '已知的一天', en: 'A known day' },
    datasets: Object.fromEntries(
      Object.entries(template.datasets).map(([name, { fields }]) => [name, { kind: 'rows', fields, rows: rows[name] }]),
    ),
    parameters: [
      {
        name: 'day',
        label: { 'zh-CN': '生产日', en: 'Production day' },
        type: 'date',
        control: 'date',
        required: true,
        default: 'date(2026,11,20)',
      },
      { name: 'place', label: { 'zh-CN': '设备', en: 'Equipment' }, type: 'equipment', control: 'tree' },
      {
        name: 'team',
        label: { 'zh-CN': '班次', en: 'Shift' },
        type: 'text',
        control: 'radio',
        options: list(['A', 'B', 'C']),
      },
      ...template.parameters
        .filter(({ name }) => !['day', 'place', 'team'].includes(String(name)))
        .map((parameter) => {
          const value = sample.params[String(parameter['name'])]
          return typeof value === 'string' ? { ...parameter, default: JSON.stringify(value) } : parameter
        }),
    ],
  }
}

const sheet = (page: Page) => page.frameLocator('iframe').first()
const figure = (page: Page, text: string) => sheet(page).getByText(text, { exact: true }).first()

/** The OEE of one machine on the known day, and what it is before it is rounded. */
const KNOWN = '66.5%'
const UNROUNDED = '0.66511627906976'

const integersAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

async function openReport(page: Page): Promise<void> {
  await page.goto(`${product.url}/reports/${REPORT}`)
  await expect(figure(page, KNOWN)).toBeVisible({ timeout: 60_000 })
}

test('a reader finds a report in the library, runs it and asks where a figure comes from', async ({ page }) => {
  await signIn(page)
  await page.goto(`${product.url}/reports`)
  await expect(page.getByRole('link', { name: '生产日报' })).toBeVisible()
  await page.getByRole('searchbox').fill('已知')
  await expect(page.getByRole('link', { name: '生产日报' })).toHaveCount(0)
  await page.getByRole('link', { name: '已知的一天' }).click()
  // Everything required has a default, so it runs on its own.
  await expect(figure(page, KNOWN)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText(/取数 .*计算 .*分页/)).toBeVisible()
  await expect(page).toHaveURL(/run=/)

  await figure(page, KNOWN).click()
  const card = page.getByRole('dialog', { name: '这个数从哪里来' })
  await expect(card).toContainText(`未舍入 ${UNROUNDED}`)
  await expect(card).toContainText('unit = SUZ/MOLD/IM/IM03')
  await expect(card).toContainText('来源记录')
  await page.keyboard.press('Escape')
  await expect(card).toHaveCount(0)

  // Without the mouse: arrows move between cells, Enter asks.
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(card).toBeVisible()
  await expect(card).not.toContainText(UNROUNDED)
})

test('a refresh and a new run leave alone what the reader typed and opened', async ({ page }) => {
  await signIn(page)
  await openReport(page)
  await figure(page, KNOWN).click()
  await page.getByRole('radio', { name: 'B' }).check()
  await expect(page.getByText('参数已改')).toBeVisible()
  const first = new URL(page.url()).searchParams.get('run')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => new URL(page.url()).searchParams.get('run')).not.toBe(first)
  await expect(page.getByText('参数已改')).toHaveCount(0)
  await expect(page.getByRole('radio', { name: 'B' })).toBeChecked()
  await expect(page.getByRole('dialog', { name: '这个数从哪里来' })).toContainText(UNROUNDED)
  // The address holds the run: whoever loads it again sees the same result and the same parameters.
  await page.reload()
  await expect(figure(page, KNOWN)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('radio', { name: 'B' })).toBeChecked()
})

test('the whole report is searched, and every hit is marked', async ({ page }) => {
  await signIn(page)
  await openReport(page)
  await page.keyboard.press('Control+f')
  await page.keyboard.type('IM03')
  await expect(page.getByText(/第 1 \/ \d+ 处/)).toBeVisible()
  await expect(sheet(page).locator('.g-here')).toContainText('IM03')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/第 2 \/ \d+ 处/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet(page).locator('.g-hit')).toHaveCount(0)
})

test('what users wrote is text on the page, never markup', async ({ page }) => {
  await signIn(page)
  await openReport(page)
  await expect(sheet(page).locator('img[src="x"]')).toHaveCount(0)
  await expect(page.locator('iframe').first()).toHaveAttribute('sandbox', 'allow-same-origin')
  expect(await page.title()).toContain('已知的一天')
  expect(await sheet(page).locator('script').count()).toBe(0)
})

test('the workbook holds the figures of the page', async ({ page }) => {
  await signIn(page)
  await openReport(page)
  await page.getByRole('button', { name: '导出为' }).click()
  const arrival = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Excel' }).click()
  const download = await arrival
  expect(download.suggestedFilename()).toMatch(/\.xlsx$/)
  const file = await download.path()
  // The plant total of good pieces, as a number.
  expect(JSON.stringify(readXlsx(readFileSync(file)), integersAsText)).toMatch(/:107815[,}]/)
  await expect(page.getByText(/已保存/)).toBeVisible()
})

test('another language changes the words, the paper and no figure', async ({ page }) => {
  await signIn(page)
  await openReport(page)
  const before = await sheet(page).locator('td.n').allInnerTexts()
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.getByRole('heading', { name: 'A known day' })).toBeVisible()
  await expect(sheet(page).getByText('Daily production report').first()).toBeVisible()
  expect(await sheet(page).locator('td.n').allInnerTexts()).toEqual(before)
  await figure(page, KNOWN).click()
  await expect(page.getByRole('dialog', { name: 'Where does this number come from' })).toContainText(
    `unrounded ${UNROUNDED}`,
  )
})

test('a phone gets the report in one column, and a figure opens its sheet', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await signIn(page)
  await page.goto(`${product.url}/reports/${REPORT}`)
  const cell = page.locator('.table td button', { hasText: KNOWN }).first()
  await expect(cell).toBeVisible({ timeout: 60_000 })
  await cell.click()
  await expect(page.getByRole('dialog', { name: '这个数从哪里来' })).toContainText(UNROUNDED)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})
