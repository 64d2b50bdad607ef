/** A new user in a real browser: sign-in, home, both boards, a source that stops, a server that falls silent. */
import { expect, type Page, test } from '@playwright/test'
import type { BoardDocument } from '@gemba/contracts/board'
import { type Product, startProduct } from '../flows/product.ts'
import { BEFORE_ALL_MS } from './product-desk.ts'

let product: Product
test.beforeAll(async () => {
  test.setTimeout(BEFORE_ALL_MS)
  product = await startProduct({ plant: 'nervous', historyDays: 2 })
})
test.afterAll(async () => product?.stop())

/** Nothing the browser complains about is harmless: a blocked script, a missing file, a bug. */
function watchConsole(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}

async function signIn(page: Page, user = 'manager'): Promise<void> {
  const answer = await page.request.post(`${product.url}/api/sessions`, {
    data: { user, password: product.password },
    headers: { origin: product.url },
  })
  expect(answer.ok()).toBe(true)
}

async function openBoard(page: Page, board: string, query = ''): Promise<void> {
  await page.goto(`${product.url}/boards/${board}${query}`)
  await expect(page.locator('[data-tile]').first()).toBeVisible()
  await expect(page.locator('[data-tile]:not([data-state="ready"])')).toHaveCount(0)
}

const heroText = (page: Page) => page.locator('[data-tile="oee"] .digits').first().innerText()

test('a newcomer signs in, sees boards and sources, and opens a board', async ({ page }) => {
  await page.goto(product.url)
  await expect(page).toHaveURL(/\/sign-in/)
  await page.fill('#user', 'manager')
  await page.fill('#password', 'not the password')
  await page.press('#password', 'Enter')
  await expect(page.getByRole('alert').first()).toContainText('密码')
  await page.fill('#password', product.password)
  await page.press('#password', 'Enter')
  await expect(page.locator('.board-card')).toHaveCount(2)
  for (const name of ['ERP', 'MES', 'OPC UA', 'MQTT', 'Sparkplug'])
    await expect(page.getByText(name).first()).toBeVisible()
  const complaints = watchConsole(page)
  await page.locator('.board-card').filter({ hasText: 'OEE' }).first().click()
  await expect(page.locator('[data-tile="oee"][data-state="ready"]')).toBeVisible()
  expect(complaints).toEqual([])
})

test('the board shows the number that the API answers', async ({ page }) => {
  await signIn(page)
  await openBoard(page, 'oee')
  // Both move; the same instant is met within some tries.
  await expect(async () => {
    const shown = await heroText(page)
    const answer = await page.request.post(`${product.url}/api/boards/oee/data`, {
      data: {},
      headers: { origin: product.url },
    })
    const frame = await answer.json()
    const { oee } = frame.tiles.find((tile: { tile: string }) => tile.tile === 'oee').data
    const digits = oee.value >= 0.9995 ? (oee.value * 100).toFixed(0) : (oee.value * 100).toFixed(1)
    expect(shown).toBe(digits)
  }).toPass({ timeout: 60_000 })
})

/** A unit that makes parts right now: one in a break or a repair rightly stands still on the wall. */
async function producingUnit(page: Page): Promise<string> {
  const made = async (equipment: string): Promise<number> => {
    const answer = await page.request.post(`${product.url}/api/boards/oee/data`, {
      data: { equipment },
      headers: { origin: product.url },
    })
    const { tiles } = await answer.json()
    const hours: { good: number | null }[] =
      tiles.find((tile: { tile: string }) => tile.tile === 'hourly').data?.hours ?? []
    return hours.reduce((sum, hour) => sum + (hour.good ?? 0), 0)
  }
  const catalog = await (await page.request.get(`${product.url}/api/catalog`)).json()
  const units: string[] = catalog.equipment
    .filter((each: { level: string }) => each.level === 'work-unit')
    .map((each: { path: string }) => each.path)
  const first = new Map<string, number>()
  for (const unit of units) first.set(unit, await made(unit))
  let moving: string | undefined
  await expect(async () => {
    for (const unit of units) if ((await made(unit)) > (first.get(unit) as number)) moving = unit
    expect(moving).toBeDefined()
  }).toPass({ timeout: 180_000, intervals: [2000] })
  return moving as string
}

test('the board moves without a reload', async ({ page }) => {
  test.setTimeout(400_000)
  await signIn(page)
  await expect(async () => {
    await openBoard(page, 'oee', `?equipment=${await producingUnit(page)}`)
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    const total = page.locator('[data-tile="hourly"] .caption')
    const before = await total.innerText()
    await expect(total).not.toHaveText(before, { timeout: 60_000 })
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
  }).toPass({ timeout: 380_000 })
})

const SIZES = [
  { width: 1920, height: 1080, scale: 1 },
  { width: 3840, height: 2160, scale: 2 },
  { width: 1280, height: 720, scale: 2 / 3 },
]
for (const board of ['oee', 'order-progress']) {
  test(`every tile of ${board} lies on the grid to the pixel, at every size`, async ({ page }) => {
    await signIn(page)
    const list = await (await page.request.get(`${product.url}/api/boards`)).json()
    const layout: BoardDocument = list.boards.find(
      (each: { document: BoardDocument }) => each.document.id === board,
    ).document
    for (const { width, height, scale } of SIZES) {
      await page.setViewportSize({ width, height })
      await openBoard(page, board)
      for (const { id, box } of layout.tiles) {
        const rect = await page.locator(`[data-tile="${id}"]`).boundingBox()
        const wanted = [32 + box[0] * 156, 88 + box[1] * 118, box[2] * 156 - 16, box[3] * 118 - 16]
        const found = [rect!.x, rect!.y, rect!.width, rect!.height]
        for (const [index, px] of found.entries())
          expect(Math.abs(px - wanted[index]! * scale), `${id} ${index}`).toBeLessThanOrEqual(1)
      }
      const { overflow, small } = await page.evaluate(() => {
        const seen = [...document.querySelectorAll<HTMLElement>('[data-board-theme] [data-board-theme] *')]
        return {
          overflow:
            document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight,
          small: seen
            .filter((element) =>
              [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
            )
            .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 20)
            .map((element) => element.textContent),
        }
      })
      expect({ overflow, small }).toEqual({ overflow: false, small: [] })
    }
  })
}

for (const language of ['zh-CN', 'en'] as const)
  for (const theme of ['dark', 'light'] as const)
    test(`no text leaves its tile in ${language}, ${theme}`, async ({ page }) => {
      await page.addInitScript(
        (stored) => localStorage.setItem('gemba.preferences', stored),
        JSON.stringify({ language, theme: 'system' }),
      )
      await signIn(page)
      for (const board of ['oee', 'order-progress']) {
        await openBoard(page, board, `?theme=${theme}`)
        await page.evaluate(() => document.fonts.ready)
        const outside = await page.evaluate(() => {
          const texts: string[] = []
          for (const tile of document.querySelectorAll<HTMLElement>('[data-tile]')) {
            const box = tile.getBoundingClientRect()
            const walker = document.createTreeWalker(tile, NodeFilter.SHOW_TEXT)
            while (walker.nextNode()) {
              const range = document.createRange()
              range.selectNodeContents(walker.currentNode)
              const rect = range.getBoundingClientRect()
              if (rect.width > 0 && (rect.left < box.left - 1 || rect.right > box.right + 1))
                texts.push(`${tile.dataset['tile']}: ${walker.currentNode.textContent}`)
            }
          }
          return texts
        })
        expect(outside).toEqual([])
        const overpainted = await page.evaluate(() =>
          [...document.querySelectorAll('[data-tile] [fill^="url("]')]
            .filter((shape) => !getComputedStyle(shape).fill.startsWith('url('))
            .map((shape) => shape.outerHTML),
        )
        expect(overpainted, 'hatches that a style paints over').toEqual([])
      }
    })

test('a forecast shows what it rests on, by mouse and by keyboard', async ({ page }) => {
  await signIn(page)
  await openBoard(page, 'order-progress')
  const row = page.locator('[data-tile="orders"] ol button').first()
  await row.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toContainText('剩余数量')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('charts turn into tables by a key', async ({ page }) => {
  await signIn(page)
  await openBoard(page, 'oee')
  await page.keyboard.press('t')
  await expect(page.locator('[data-tile="losses"] table tbody tr')).toHaveCount(7)
  await page.keyboard.press('t')
  await expect(page.locator('[data-tile="losses"] svg[role="img"]')).toBeVisible()
})

test('an unknown board is said to be unknown', async ({ page }) => {
  await signIn(page)
  await page.goto(`${product.url}/boards/no-such-board`)
  await expect(page.getByRole('heading', { name: '没有这个看板' })).toBeVisible()
})

test('a collector that falls silent marks its numbers; a silent server is noticed and caught up with', async ({
  page,
}) => {
  test.setTimeout(180_000)
  await signIn(page)
  await openBoard(page, 'oee')
  const collector = product.pid('collector')!
  process.kill(collector, 'SIGSTOP')
  try {
    await expect(page.locator('[data-tile="oee"] .age')).toContainText('数据停于', { timeout: 60_000 })
    await expect(page.locator('[data-tile="losses"] .age')).toContainText('数据停于')
  } finally {
    process.kill(collector, 'SIGCONT')
  }
  await expect(page.locator('[data-tile="oee"] .age')).toHaveCount(0, { timeout: 60_000 })

  const server = product.pid('server')!
  process.kill(server, 'SIGSTOP')
  const silentAt = Date.now()
  try {
    await expect(page.locator('.banner')).toContainText('与服务器断开', { timeout: 60_000 })
    // Promised are 5 s; what is above is the load of the machine.
    console.log(`silence noticed after ${Date.now() - silentAt} ms`)
    const clock = page.locator('time.clock')
    const before = await clock.innerText()
    await expect(clock).not.toHaveText(before)
  } finally {
    process.kill(server, 'SIGCONT')
  }
  await expect(page.locator('.banner')).toHaveCount(0, { timeout: 60_000 })
})
