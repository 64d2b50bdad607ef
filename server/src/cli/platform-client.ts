/** Asks a running Gemba by its public API, as any other program would. */
import { catalogDocument, type CatalogDocument } from '@gemba/contracts/catalog'
import {
  kpiAnswer,
  oeeAnswer,
  ordersProgressAnswer,
  type KpiAnswer,
  type OeeAnswer,
  type OrdersProgressAnswer,
} from '@gemba/contracts/kpi'

export class PlatformClient {
  readonly #url: string
  #cookie = ''

  constructor(url: string) {
    this.#url = url.replace(/\/+$/, '')
  }

  async signIn(user: string, password: string): Promise<void> {
    const answer = await fetch(`${this.#url}/api/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#url },
      body: JSON.stringify({ user, password }),
    })
    if (!answer.ok) throw new Error(`Sign-in refused (${answer.status}): ${(await answer.text()).slice(0, 300)}`)
    this.#cookie = answer.headers
      .getSetCookie()
      .map((entry) => entry.split(';')[0])
      .join('; ')
  }

  /** Asks by POST, once. */
  async post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.#url, cookie: this.#cookie },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
    return answer.json()
  }

  async #get(path: string): Promise<unknown> {
    const deadline = Date.now() + 60_000
    for (;;) {
      const answer = await this.#attempt(path)
      if (answer?.ok) return answer.json()
      const retryable = answer === null || answer.status >= 500 || answer.status === 429
      if (!retryable || Date.now() > deadline)
        throw new Error(
          `GET ${path}: ${answer ? `${answer.status} ${(await answer.text()).slice(0, 300)}` : 'not reached'}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  async #attempt(path: string): Promise<Response | null> {
    try {
      return await fetch(`${this.#url}${path}`, {
        headers: { cookie: this.#cookie },
        signal: AbortSignal.timeout(30_000),
      })
    } catch {
      return null
    }
  }

  async catalog(): Promise<CatalogDocument> {
    // The catalog leaves the server without source settings.
    return catalogDocument
      .extend({ sources: catalogDocument.shape.sources.or(catalogDocument.shape.sources.element.partial().array()) })
      .parse(await this.#get('/api/catalog')) as CatalogDocument
  }

  /** What a path answers, checked against its contract. */
  async ask<T>(path: string, query: Record<string, string>, shape: { parse: (value: unknown) => T }): Promise<T> {
    return shape.parse(await this.#get(`${path}?${new URLSearchParams(query)}`))
  }

  async oee(equipment: string, range: { fromAt: number; toAt: number }): Promise<OeeAnswer> {
    const query = new URLSearchParams({
      equipment,
      from: new Date(range.fromAt).toISOString(),
      to: new Date(range.toAt).toISOString(),
    })
    return oeeAnswer.parse(await this.#get(`/api/kpi/oee?${query}`))
  }

  async kpi(metric: string, query: Record<string, string>): Promise<KpiAnswer> {
    return kpiAnswer.parse(await this.#get(`/api/kpi/${metric}?${new URLSearchParams(query)}`))
  }

  async orders(site: string): Promise<OrdersProgressAnswer> {
    return ordersProgressAnswer.parse(await this.#get(`/api/orders/progress?${new URLSearchParams({ site })}`))
  }
}
