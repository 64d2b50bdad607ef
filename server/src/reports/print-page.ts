import type { Browser, HTTPRequest, Page } from 'puppeteer-core'
import type { Locale } from '@gemba/engine/report/words'
import { closeBrowser, connectBrowser, findBrowser, launchBrowser } from './browser.ts'
import { fontAt } from './print-fonts.ts'
import { ReportRefused } from './report-refused.ts'

/**
 * Works with a browser: the one that runs at the endpoint, or one of its own. Throws ReportRefused in the language of
 * the report when this machine has none.
 */
export async function inBrowser<T>(
  { endpoint, locale }: { endpoint: string | undefined; locale: Locale },
  work: (browser: Browser) => Promise<T>,
): Promise<T> {
  const { browser, leave } = endpoint === undefined ? await ownBrowser(locale) : await connectBrowser(endpoint)
  try {
    return await work(browser)
  } finally {
    await leave(browser)
  }
}

async function ownBrowser(locale: Locale) {
  const path = findBrowser()
  if (path === undefined)
    throw new ReportRefused([
      locale === 'zh-CN'
        ? '没有找到浏览器，不能生成 PDF 和图片。请安装 chromium，或用 REPORT_BROWSER_PATH 指定。'
        : 'No browser was found, so neither PDF nor pictures can be made. Install chromium, or name one in REPORT_BROWSER_PATH.',
    ])
  return { browser: await launchBrowser(path), leave: closeBrowser }
}

/** Shows markup in a page of its own. Scripts are off, and no request leaves the machine: only our fonts are answered. */
export async function inPrintPage<T>(
  browser: Browser,
  { html, timeoutMs }: { html: string; timeoutMs: number },
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await browser.newPage()
  try {
    await page.setJavaScriptEnabled(false)
    await page.setRequestInterception(true)
    page.on('request', (request) => void answer(request))
    await page.setContent(html, { waitUntil: 'load', timeout: timeoutMs })
    await page.evaluate('document.fonts.ready.then(() => true)')
    return await work(page)
  } finally {
    await page.close().catch(() => undefined)
  }
}

async function answer(request: HTTPRequest): Promise<void> {
  const font = await fontAt(request.url())
  try {
    if (font !== undefined) {
      const headers = { 'Access-Control-Allow-Origin': '*' }
      await request.respond({ status: 200, contentType: 'font/woff2', headers, body: font })
    } else if (/^(data:|about:)/.test(request.url())) await request.continue()
    else await request.abort('blockedbyclient')
  } catch {
    // The page was closed while it asked.
  }
}
