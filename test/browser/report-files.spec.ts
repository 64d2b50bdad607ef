/** What leaves the viewer, and where its links lead: print, files, a cancelled run, another report and back. */
import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { readXlsx } from '../../server/src/reports/read-xlsx.ts'
import { BEFORE_ALL_MS, type SharedProduct, publishReport, sharedProduct } from './product-desk.ts'

const ROWS = 120
let product: SharedProduct

const listed = (columns: string[], link: object): object[] =>
  columns.flatMap((column, index) => {
    const letter = String.fromCharCode(65 + index)
    const list = index === 0 ? { expand: 'down', link } : {}
    return [
      { at: `${letter}1`, value: { lit: column } },
      { at: `${letter}2`, value: { field: `u.${column}`, as: index === 0 ? 'list' : 'first' }, ...list },
    ]
  })

const hub = {
  formatVersion: 1,
  name: { 'zh-CN': '序列', en: 'Sequence' },
  parameters: [
    { name: 'count', label: { 'zh-CN': '行数', en: 'Rows' }, type: 'number', required: true, default: String(ROWS) },
  ],
  datasets: {
    u: {
      kind: 'sql',
      sql: 'SELECT number, number * 2 AS twice, number * 3 AS thrice, number * 5 AS fifth FROM numbers(180000) WHERE number < :count',
    },
  },
  cells: listed(['number', 'twice', 'thrice', 'fifth'], {
    to: 'report',
    target: 'one-number',
    params: { number: 'A2', words: '"a & b"' },
  }),
}
const one = {
  formatVersion: 1,
  name: { 'zh-CN': '一个数', en: 'One number' },
  parameters: [
    { name: 'number', label: { 'zh-CN': '数', en: 'Number' }, type: 'number', required: true },
    { name: 'words', label: { 'zh-CN': '词', en: 'Words' }, type: 'text' },
  ],
  datasets: {},
  cells: [{ at: 'A1', value: { expr: '"the number " && TEXT(param.number, "0") && " with " && param.words' } }],
}

async function signIn(page: Page, user: string): Promise<void> {
  const answer = await page.request.post(`${product.url}/api/sessions`, {
    data: { user, password: product.password },
    headers: { origin: product.url },
  })
  expect(answer.ok()).toBe(true)
}

test.beforeAll(async ({ browser }) => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
  const page = await browser.newPage()
  await signIn(page, 'admin')
  await publishReport(page, product.url, { id: 'sequence', template: hub })
  await publishReport(page, product.url, { id: 'one-number', template: one })
  await page.close()
})

const sheet = (page: Page) => page.frameLocator('iframe').first()

async function openReport(page: Page): Promise<void> {
  await signIn(page, 'admin')
  await page.goto(`${product.url}/reports/sequence`)
  await expect(sheet(page).getByText('twice', { exact: true })).toBeVisible({ timeout: 60_000 })
}

async function downloaded(page: Page, format: string): Promise<{ name: string; bytes: Buffer }> {
  await page.getByRole('button', { name: '导出为' }).click()
  const arrival = page.waitForEvent('download', { timeout: 60_000 })
  await page.getByRole('menuitem', { name: format }).click()
  const download = await arrival
  const bytes = readFileSync(await download.path())
  await expect(page.getByText(/已保存/)).toBeVisible()
  await page.getByRole('button', { name: '知道了' }).click()
  return { name: download.suggestedFilename(), bytes }
}

const LAST = String((ROWS - 1) * 5)

test('CSV, workbook and PDF hold every row of the page on the screen', async ({ page }) => {
  await openReport(page)
  const csv = await downloaded(page, 'CSV')
  expect(csv.name).toMatch(/\.csv$/)
  const lines = csv.bytes.toString('utf8').trim().split('\r\n')
  expect(lines).toHaveLength(ROWS + 1)
  expect(lines.at(-1)).toContain(LAST)

  const workbook = await downloaded(page, 'Excel')
  expect(workbook.name).toMatch(/\.xlsx$/)
  const text = JSON.stringify(readXlsx(workbook.bytes), (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  expect(text).toContain(LAST)

  const pdf = await downloaded(page, 'PDF')
  expect(pdf.name).toMatch(/\.pdf$/)
  const task = getDocument({ data: new Uint8Array(pdf.bytes), verbosity: 0 })
  const file = await task.promise
  const last = await (await file.getPage(file.numPages)).getTextContent()
  expect(file.numPages).toBeGreaterThan(1)
  expect(last.items.map((item) => ('str' in item ? item.str : ''))).toContain(LAST)
  await task.destroy()
})

test('the printer gets all pages, not those on the screen', async ({ page }) => {
  await openReport(page)
  // What would go to the printer is kept instead, when its dialog would open.
  await page.evaluate(() => {
    new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes]))
        if (node instanceof HTMLIFrameElement && node.getAttribute('aria-hidden') === 'true')
          node.addEventListener('load', () => {
            const inner = node.contentWindow
            if (inner)
              inner.print = () => {
                document.body.dataset['printed'] = [...inner.document.querySelectorAll('.page')]
                  .map((each) => each.textContent)
                  .join('\f')
              }
          })
    }).observe(document.body, { childList: true })
  })
  await page.getByRole('button', { name: '打印' }).click()
  await expect
    .poll(() => page.evaluate(() => document.body.dataset['printed'] ?? ''), { timeout: 60_000 })
    .toContain(LAST)
  const printed = (await page.evaluate(() => document.body.dataset['printed'] ?? '')).split('\f')
  expect(printed.length).toBeGreaterThan(1)
  expect(printed[0]).toContain('twice')
})

test('a long run is cancelled, and the result before it stays', async ({ page }) => {
  await openReport(page)
  await page.getByLabel('行数').fill('180000')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: '取消', exact: true }).click({ timeout: 30_000 })
  await expect(page.getByText('运行已取消，下面仍是上一次的结果。')).toBeVisible({ timeout: 60_000 })
  await expect(sheet(page).getByText('twice', { exact: true })).toBeVisible()
})

test('a cell leads to another report with its values, and back to the page it stands on', async ({ page }) => {
  await openReport(page)
  const field = page.getByRole('textbox', { name: '页码', exact: true })
  await field.fill('2')
  await field.press('Enter')
  const second = page.frameLocator('iframe').nth(1)
  const link = second.getByRole('link').first()
  await expect(link).toBeVisible({ timeout: 30_000 })
  const number = await link.innerText()
  await link.click()
  await expect(page).toHaveURL(/\/reports\/one-number/)
  await expect(sheet(page).getByText(`the number ${number} with a & b`)).toBeVisible({ timeout: 60_000 })
  await page.goBack()
  await expect(page).toHaveURL(/\/reports\/sequence/)
  await expect(field).toHaveValue('2', { timeout: 60_000 })
})
