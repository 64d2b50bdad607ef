/** Deliveries in a real browser: a schedule is made without a word of code, a letter goes through every stage, its page proves it. */
import { demoMailbox, schedulesAnswer } from '@gemba/contracts/delivery'
import { expect, type Page, test } from '@playwright/test'
import { BEFORE_ALL_MS, type SharedProduct, sharedProduct } from './product-desk.ts'

let product: SharedProduct
test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await sharedProduct()
})
// One story: a later chapter rests on the ones before.
test.describe.configure({ mode: 'serial' })

/** Time enough for the clock to be set before the instant comes. */
const SOON_MS = 90_000
/** The instant comes, a report is computed, painted, printed and sent. */
const COMES_WITHIN_MS = 300_000

async function open(page: Page, user: string, path = '/deliveries'): Promise<void> {
  const answer = await page.request.post(`${product.url}/api/sessions`, {
    data: { user, password: product.password },
    headers: { origin: product.url },
  })
  expect(answer.ok()).toBe(true)
  await page.goto(`${product.url}${path}`)
}
const lineOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })

/** Brings the next instant of a schedule to the minute after the next, on the clock of the plant. */
async function comesSoon(page: Page, name: string): Promise<void> {
  const address = `${product.url}/api/delivery-schedules`
  const { schedules } = schedulesAnswer.parse(await (await page.request.get(address)).json())
  const found = schedules.find(({ schedule }) => schedule.name === name)
  const soon = new Intl.DateTimeFormat('en', {
    ...{ timeZone: 'Asia/Shanghai', hourCycle: 'h23', hour: 'numeric', minute: 'numeric' },
  }).formatToParts(Date.now() + SOON_MS)
  const part = (type: string): number => Number(soon.find((each) => each.type === type)?.value)
  const timing = { kind: 'clock', cron: `${part('minute')} ${part('hour')} * * *`, calendar: 'every-day' }
  const answer = await page.request.put(`${address}/${found?.id}`, {
    data: { revision: found?.revision, schedule: { ...found?.schedule, timing } },
    headers: { origin: product.url },
  })
  expect(answer.ok(), await answer.text()).toBe(true)
}

test('the monthly overview of an executive comes by the clock as PDF and workbook, and its page proves it', async ({
  page,
  browser,
}) => {
  test.setTimeout(COMES_WITHIN_MS + 60_000)
  const keeper = await browser.newContext({ locale: 'zh-CN' })
  const admin = await keeper.newPage()
  await open(admin, 'admin')
  await comesSoon(admin, '月度经营总览')
  const letter = admin.locator('details').filter({ hasText: '月度经营总览' }).first()
  await expect(letter).toBeVisible({ timeout: COMES_WITHIN_MS })
  const { mails } = demoMailbox.parse(await (await admin.request.get(`${product.url}/api/demo/mail`)).json())
  const mail = mails.find(({ to }) => to.includes('executive@suz.example'))
  expect(mail?.attachments.map(({ name }) => name.split('.').at(-1)).sort()).toEqual(['pdf', 'xlsx'])
  expect(mail?.attachments.every(({ bytes }) => bytes > 5_000)).toBe(true)
  await keeper.close()

  // Who got it follows the link of the letter, and sees what came to the own account.
  const link = /\/deliveries\?run=[0-9a-f-]{36}/.exec(mail?.text ?? '')?.[0] ?? ''
  await open(page, 'executive', link)
  await expect(page.getByRole('heading', { name: '发给我的' })).toBeVisible()
  const receipt = page.getByRole('row').filter({ hasText: '陈静' })
  await expect(receipt.getByText(/^\d{2}:\d{2}:\d{2}$/).first()).toBeVisible()
  const hash = await receipt.locator('.hash').innerText()
  expect(hash).toMatch(/^[0-9A-F]{8}$/)
  expect(mail?.text).toContain(hash)
  await expect(page.getByRole('button', { name: '新建定时' })).toHaveCount(0)
  await page.getByRole('link', { name: '打开报表' }).click()
  await expect(page).toHaveURL(/reports\/executive-monthly/)
})

test('a schedule is made by choosing: its date moves with each run, its recipient is found by name', async ({
  page,
}) => {
  await open(page, 'manager')
  await page.getByRole('button', { name: '新建定时' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('名称').fill('早会日报')
  await form.getByRole('combobox', { name: /^报表/ }).selectOption('daily-production')
  const period = form.getByLabel('生产日', { exact: true })
  await period.selectOption('moving')
  await form.getByRole('spinbutton', { name: '生产日：加减天数' }).fill('-1')
  await expect(form.getByText('每天 07:30')).toBeVisible()
  const find = form.getByRole('combobox', { name: '收件人' })
  await find.fill('陈静')
  await find.press('Enter')
  await expect(form.getByRole('listitem').filter({ hasText: '陈静' })).toBeVisible()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form).toBeHidden()

  await lineOf(page, '早会日报').getByRole('button', { name: '修改' }).click()
  await expect(form.getByLabel('生产日', { exact: true })).toHaveValue('moving')
  await expect(form.getByRole('spinbutton', { name: '生产日：加减天数' })).toHaveValue('-1')
  await form.getByLabel('生产日', { exact: true }).selectOption('default')
  await expect(form.getByRole('spinbutton')).toHaveCount(0)
  await form.getByRole('button', { name: '取消' }).click()
})
