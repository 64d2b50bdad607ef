import { Injectable, type OnApplicationShutdown } from '@nestjs/common'
import type { Browser } from 'puppeteer-core'
import { closeBrowser, findBrowser, launchBrowser } from './browser.ts'

/** A browser grows with its work; a new one takes its place. */
const MOST_JOBS = 200
const IDLE_MS = 300_000

/** One warm browser for all prints; it is a process of its own, and one that died is started again. */
@Injectable()
export class ReportBrowser implements OnApplicationShutdown {
  private running: Promise<Browser> | null = null
  private jobs = 0
  private idle: NodeJS.Timeout | null = null

  /** Where the browser can be reached; undefined when there is none on this machine. */
  async endpoint(): Promise<string | undefined> {
    const path = findBrowser()
    if (path === undefined) return undefined
    if (this.idle) clearTimeout(this.idle)
    if (this.jobs >= MOST_JOBS) await this.close()
    this.running ??= this.launch(path)
    this.jobs += 1
    try {
      return (await this.running).wsEndpoint()
    } catch (error) {
      this.running = null
      throw error
    }
  }

  /** A print is over; without another for a while the browser ends. After one that was killed it ends at once. */
  async done({ isClean }: { isClean: boolean }): Promise<void> {
    if (!isClean) return this.close()
    if (this.idle) clearTimeout(this.idle)
    this.idle = setTimeout(() => void this.close(), IDLE_MS).unref()
  }

  private async launch(path: string): Promise<Browser> {
    const browser = await launchBrowser(path)
    browser.once('disconnected', () => {
      this.running = null
      this.jobs = 0
    })
    return browser
  }

  private async close(): Promise<void> {
    const { running } = this
    this.running = null
    this.jobs = 0
    const browser = await running?.catch(() => null)
    if (browser) await closeBrowser(browser)
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.idle) clearTimeout(this.idle)
    await this.close()
  }
}
