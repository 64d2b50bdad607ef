import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Browser, LaunchOptions } from 'puppeteer-core'
import { printConfig, type PrintConfig } from './config.ts'

const PROGRAMS = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge',
]
const FIXED_PLACES = [
  '/usr/lib/chromium/headless_shell',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** A print takes long when it is long: the time-out grows with its pages. */
export const printTimeoutMs = (pages: number): number => 30_000 + pages * 2_000

/** The browser that prints, or undefined if there is none on this machine. */
export function findBrowser({ browserPath, searchPath }: PrintConfig = printConfig()): string | undefined {
  if (browserPath !== null) return existsSync(browserPath) ? browserPath : undefined
  const folders = searchPath.split(delimiter).filter((folder) => folder !== '')
  const candidates = [...PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))), ...FIXED_PLACES]
  return candidates.find((path) => existsSync(path))
}

/** Starts a browser that knows nothing of the outside. As root it refuses its own sandbox. */
export async function launchBrowser(executablePath: string): Promise<Browser> {
  const { default: puppeteer } = await import('puppeteer-core')
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0
  const options: LaunchOptions = {
    executablePath,
    headless: true,
    timeout: 60_000,
    protocolTimeout: 600_000,
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-extensions',
      '--disable-background-networking',
      '--font-render-hinting=none',
    ],
  }
  return puppeteer.launch(options)
}

/** A browser to print with, and how to be done with it. */
export interface BorrowedBrowser {
  browser: Browser
  leave: (browser: Browser) => Promise<void>
}

/** Prints in a browser that runs already; the pages opened here are closed by who opened them. */
export async function connectBrowser(browserWSEndpoint: string): Promise<BorrowedBrowser> {
  const { default: puppeteer } = await import('puppeteer-core')
  const browser = await puppeteer.connect({ browserWSEndpoint, protocolTimeout: 600_000 })
  return { browser, leave: (borrowed) => borrowed.disconnect() }
}

/** Closing may hang after a crash: then the process is ended. */
export async function closeBrowser(browser: Browser): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), 5_000)
  })
  const outcome = await Promise.race([browser.close().catch(() => 'late' as const), late])
  clearTimeout(timer)
  if (outcome === 'late') browser.process()?.kill('SIGKILL')
}
