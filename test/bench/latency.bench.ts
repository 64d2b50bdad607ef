import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Page, chromium } from '@playwright/test'
import mqtt from 'mqtt'
import { Server } from 'socket.io'
import { type Socket, io } from 'socket.io-client'
import type { PointsMessage } from '@gemba/contracts/events'
import type { SourceDefinition } from '@gemba/contracts/source'
import { freePort, root, signIn, startProduct, until, type Product } from '../flows/product.ts'
import { benchCatalog } from './bench-catalog.ts'
import { type BenchResult, type Figure, percentile } from './bench.ts'
import { scratchFolder } from './scratch-folder.ts'

const TAGS = 500
const VIEWERS = 20
const WARM_UP_MS = 8_000
const WATCH_MS = 30_000
const CLIENT_SCRIPT = join(root, 'node_modules/socket.io-client/dist/socket.io.min.js')
const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync)

const topicOf = (tag: number) => `bench/${tag}/v`

async function startBroker(port: number, folder: string): Promise<ChildProcess> {
  if (!MOSQUITTO) throw new Error('Mosquitto is not installed: apt-get install mosquitto')
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(
    file,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 100000\n`,
  )
  return spawn(MOSQUITTO, ['-c', file], { stdio: 'ignore' })
}

/** Publishes every tag once a second, spread over the second, with the instant in the payload. */
function publish(client: mqtt.MqttClient): () => void {
  let next = 0
  let seq = 0
  const timer = setInterval(() => {
    for (let count = 0; count < TAGS / 50; count += 1) {
      client.publish(topicOf(next), JSON.stringify({ ts: Date.now(), seq, v: seq + next / 1000 }), { qos: 0 })
      next += 1
      if (next === TAGS) {
        next = 0
        seq += 1
      }
    }
  }, 20)
  return () => clearInterval(timer)
}

interface PageScope {
  io: typeof io
  show: (tag: string, at: number, text: string) => void
  /** Age of each value when it was painted, and when the server sent it. */
  ages: number[]
  sentAges: number[]
}

/** In the page: shows every value as text and notes how old it is once the frame that shows it is painted. */
function installTiles(): void {
  const scope = globalThis as unknown as PageScope
  const cells = new Map<string, HTMLElement>()
  const waiting: number[] = []
  let asked = false
  scope.ages = []
  scope.sentAges = []
  document.body.replaceChildren()
  scope.show = (tag, at, text) => {
    let cell = cells.get(tag)
    if (!cell) {
      cell = document.createElement('div')
      cells.set(tag, cell)
      document.body.append(cell)
    }
    cell.textContent = text
    waiting.push(at)
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      const shown = waiting.splice(0)
      // A message posted in the frame's callback is handled after the frame's layout and paint.
      const painted = new MessageChannel()
      painted.port1.onmessage = () => {
        const now = Date.now()
        for (const since of shown) scope.ages.push(now - since)
        painted.port1.close()
      }
      painted.port2.postMessage(null)
    })
  }
}

interface Ages {
  painted: number[]
  sent: number[]
}

async function watch(page: Page): Promise<Ages> {
  await pause(WARM_UP_MS)
  await page.evaluate(() => {
    const scope = globalThis as unknown as PageScope
    scope.ages = []
    scope.sentAges = []
  })
  await pause(WATCH_MS)
  return page.evaluate(() => {
    const { ages, sentAges } = globalThis as unknown as PageScope
    return { painted: ages, sent: sentAges }
  })
}

async function floorAges(brokerUrl: string, page: Page): Promise<Ages> {
  const http = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><body></body>'),
  )
  const sockets = new Server(http, { transports: ['websocket'] })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const source = await mqtt.connectAsync(brokerUrl)
  await source.subscribeAsync('bench/+/v')
  source.on('message', (topic, payload) => {
    const { ts, v } = JSON.parse(payload.toString()) as { ts: number; v: number }
    sockets.emit('value', topic, ts, v)
  })
  const viewers: Socket[] = Array.from({ length: VIEWERS - 1 }, () =>
    io(url, { transports: ['websocket'], forceNew: true }),
  )
  await page.goto(url)
  await page.evaluate(installTiles)
  await page.addScriptTag({ path: CLIENT_SCRIPT })
  await page.evaluate((address) => {
    const scope = globalThis as unknown as PageScope
    scope
      .io(address, { transports: ['websocket'] })
      .on('value', (tag: string, at: number, value: number) => scope.show(tag, at, value.toFixed(3)))
  }, url)
  const ages = await watch(page)
  for (const viewer of viewers) viewer.close()
  await source.endAsync()
  await sockets.close()
  return ages
}

const POINTS = benchCatalog({ units: 40, tags: TAGS })
  .points.filter((point) => point.role === 'process')
  .map((point) => point.id)

function mqttSource(brokerUrl: string): SourceDefinition {
  const rules = POINTS.map((point, tag) => ({ topic: topicOf(tag), point, valuePath: 'v', timePath: 'ts' }))
  return {
    id: 'bench-mqtt',
    name: { zh: 'bench', en: 'bench' },
    family: 'device',
    site: 'BEN',
    periodMs: 2000,
    limitMs: 30_000,
    guarantee: 'loss-while-disconnected',
    settings: { kind: 'mqtt', url: brokerUrl, protocolVersion: 5, clientId: 'gemba-bench', rules },
  }
}

function joinOthers(product: Product, cookie: string): Socket[] {
  return Array.from({ length: VIEWERS - 1 }, () => {
    const socket = io(`${product.url}/live`, {
      transports: ['websocket'],
      forceNew: true,
      extraHeaders: { cookie, origin: product.url },
    })
    socket.on('connect', () => socket.emit('join', { channel: 'points', points: POINTS }, () => undefined))
    return socket
  })
}

async function productAges(product: Product, page: Page): Promise<Ages> {
  const get = await signIn(product)
  await until('the broker is read', async () => {
    const details = (await (await get('/api/health/details')).json()) as { sources: { received: number }[] }
    return details.sources.some((source) => source.received > TAGS)
  })
  await page.goto(`${product.url}/api/health`)
  await page.evaluate(
    (password) =>
      fetch('/api/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'admin', password }),
      }).then(() => undefined),
    product.password,
  )
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const viewers = joinOthers(product, cookie)
  await page.evaluate(installTiles)
  await page.addScriptTag({ path: CLIENT_SCRIPT })
  await page.evaluate((wanted) => {
    const scope = globalThis as unknown as PageScope
    const socket = scope.io('/live', { transports: ['websocket'] })
    socket.on('connect', () => socket.emit('join', { channel: 'points', points: wanted }, () => undefined))
    socket.on('points:patch', ({ patch }: { patch: PointsMessage }) => {
      for (const [tag, at, value] of patch.samples) {
        scope.show(tag, at, (value as number).toFixed(3))
        scope.sentAges.push(patch.serverTime - at)
      }
    })
  }, POINTS)
  const ages = await watch(page)
  for (const viewer of viewers) viewer.close()
  return ages
}

/** Device change to painted text: 500 tags at 1 Hz, 20 viewers, stores on; beside mqtt → bare socket.io → textContent. */
export async function run(): Promise<BenchResult> {
  const folder = scratchFolder()
  const port = await freePort()
  const brokerUrl = `mqtt://127.0.0.1:${port}`
  const broker = await startBroker(port, folder)
  const publisher = await mqtt.connectAsync(brokerUrl, { reconnectPeriod: 200 })
  const stopPublishing = publish(publisher)
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await (await browser.newContext({ bypassCSP: true })).newPage()
  const catalogFile = join(folder, 'catalog.json')
  writeFileSync(catalogFile, JSON.stringify(benchCatalog({ units: 40, tags: TAGS, sources: [mqttSource(brokerUrl)] })))
  try {
    const floor = await floorAges(brokerUrl, page)
    const product = await startProduct({
      demo: 'off',
      dataDir: join(folder, 'data'),
      readyWithinMs: 60_000,
      environment: {
        GEMBA_PROVISION: catalogFile,
        GEMBA_ADMIN_PASSWORD: 'Flow-test-password-1',
        GEMBA_COST_BURST: '0',
      },
    })
    const ours = await productAges(product, page).finally(() => product.stop())
    return report(floor, ours)
  } finally {
    stopPublishing()
    await publisher.endAsync(true)
    await browser.close()
    broker.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const FLOOR = 'mqtt → socket.io → textContent'

function report(floor: Ages, ours: Ages): BenchResult {
  const age = (name: string, share: number, bound: { atMost?: number } = {}): Figure => ({
    name: `device change → painted text, ${name}`,
    unit: 'ms',
    value: percentile(ours.painted, share),
    beside: { name: FLOOR, value: percentile(floor.painted, share) },
    ...bound,
  })
  return {
    bench: 'latency',
    work: `${TAGS} tags at 1 Hz over MQTT, ${VIEWERS} viewers (one Chromium page that paints every value, ${VIEWERS - 1} protocol clients), stores on, ${WATCH_MS / 1000} s`,
    figures: [
      age('p50', 0.5, { atMost: 120 }),
      age('p95', 0.95, { atMost: 300 }),
      age('p99', 0.99),
      { name: '  of it until the server sends, p50', unit: 'ms', value: percentile(ours.sent, 0.5) },
      { name: '  of it until the server sends, p95', unit: 'ms', value: percentile(ours.sent, 0.95) },
      {
        name: 'values painted',
        unit: 'count',
        value: ours.painted.length,
        beside: { name: FLOOR, value: floor.painted.length },
      },
    ],
    notes: [
      'publisher, broker, product, viewers and browser share the same two cores; the page paints text cells fed by the product’s own point channel',
    ],
  }
}
