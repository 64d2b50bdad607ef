import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Request } from 'express'
import type { Observable } from 'rxjs'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { CatalogNames } from './catalog-names.ts'
import { Fault } from './fault.ts'
import { Pacing } from './pacing.ts'
import { COST, type RouteCost, costOf } from './request-cost.ts'
import { securityEvent } from './security-event.ts'

/** Who pays, as the door has found it. */
interface Payer {
  readonly user: string
  readonly sessionId?: string
  readonly means?: string
  readonly viewedBy?: string
  readonly share?: { readonly link: string }
}

/** A token gets this share of the budget of its account: a program never takes the screens away from its owner. */
const TOKEN_SHARE = 0.5

/** Since the start of this server. */
export interface BudgetGauge {
  readonly refused: number
  /** Instant of the last refusal (ms); null = none. */
  readonly refusedAt: number | null
}

/** Budgets of accounts and tokens for what is expensive, refilled steadily. */
@Injectable()
export class RequestBudgets {
  private readonly ofAccounts: Pacing
  private readonly ofTokens: Pacing
  private readonly isLimited: boolean
  private refused = 0
  private refusedAt: number | null = null

  constructor(@Inject(SERVER_CONFIG) { costBurst, costPerMinute }: Pick<ServerConfig, 'costBurst' | 'costPerMinute'>) {
    this.isLimited = costBurst > 0
    this.ofAccounts = new Pacing(costBurst, costPerMinute)
    this.ofTokens = new Pacing(costBurst * TOKEN_SHARE, costPerMinute * TOKEN_SHARE)
  }

  gauge(): BudgetGauge {
    return { refused: this.refused, refusedAt: this.refusedAt }
  }

  /** Pays for a request; refuses it with the time to wait when the budget is used up. */
  pay({ user, viewedBy, means, sessionId, share }: Payer, cost: number, nowAt: number): void {
    if (!this.isLimited || cost <= 0) return
    // Visitors of a link pay together, and never from the budget of who made it.
    if (share) return this.payAlone(`share:${share.link}`, cost, nowAt)
    const payer = viewedBy ?? user
    const token = means === 'token' && sessionId !== undefined ? sessionId : null
    const waits = [
      ...(token === null ? [] : [this.ofTokens.wait(token, nowAt, cost)]),
      this.ofAccounts.wait(payer, nowAt, cost),
    ]
    const retryAfterS = Math.max(...waits)
    if (retryAfterS > 0) return this.refuse(payer, { token, cost, retryAfterS, nowAt })
    if (token !== null) this.ofTokens.take(token, nowAt, cost)
    this.ofAccounts.take(payer, nowAt, cost)
  }

  private payAlone(payer: string, cost: number, nowAt: number): void {
    const retryAfterS = this.ofTokens.take(payer, nowAt, cost)
    if (retryAfterS > 0) this.refuse(payer, { token: null, cost, retryAfterS, nowAt })
  }

  private refuse(
    user: string,
    { token, cost, retryAfterS, nowAt }: { token: string | null; cost: number; retryAfterS: number; nowAt: number },
  ): never {
    this.refused += 1
    this.refusedAt = nowAt
    securityEvent('budget.refused', { user, token, cost })
    const says = {
      zh: `短时间内查询量过大，请 ${retryAfterS} 秒后再试，或缩小时间范围。`,
      en: `A lot was asked for in a short time; ask again in ${retryAfterS} s, or for a shorter period.`,
    }
    throw new Fault('BUDGET_USED_UP', { retryAfterS, cost }, says)
  }
}

/** Takes the cost of a route from the budget of its caller, once the door has let that one in. */
@Injectable()
export class BudgetInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly budgets: RequestBudgets,
    private readonly names: CatalogNames,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const cost = this.reflector.get<RouteCost | undefined>(COST, context.getHandler())
    if (cost !== undefined && context.getType() === 'http') {
      const request = context.switchToHttp().getRequest<Request & { principal?: Payer }>()
      const asked = request.query as Record<string, unknown>
      if (request.principal) this.budgets.pay(request.principal, costOf(cost, asked, this.names.places), Date.now())
    }
    return next.handle()
  }
}
