import { randomBytes } from 'node:crypto'
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common'
import type { Problem } from '@gemba/contracts/problem'
import type { Request, Response } from 'express'
import { FAULT_CODES, type FaultName } from './fault-codes.ts'
import { Fault } from './fault.ts'
import { log } from './log.ts'
import { storeAway } from './store-away.ts'

const BY_STATUS: Record<number, FaultName> = {
  400: 'INPUT_INVALID',
  401: 'NOT_SIGNED_IN',
  403: 'NO_ACCESS',
  404: 'ROUTE_UNKNOWN',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNKNOWN',
  429: 'TOO_MANY_REQUESTS',
}

/** Language of an answer: the reader's cookie, then the browser's wish; Chinese first. */
export function languageOf(request: Request): 'zh' | 'en' {
  const cookie = /(?:^|;\s*)gemba_language=(zh|en)/.exec(request.headers.cookie ?? '')?.[1]
  if (cookie === 'zh' || cookie === 'en') return cookie
  return /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh'
}

/** A short reference such as `7K2F-19` that finds the log entry of a bug. */
function newReference(): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  const pick = (count: number) => [...randomBytes(count)].map((byte) => letters[byte % letters.length]).join('')
  return `${pick(4)}-${pick(2)}`
}

function asFault(error: unknown): Fault | null {
  if (error instanceof Fault) return error
  const away = storeAway(error)
  if (away) return away
  const type = (error as { type?: unknown } | null)?.type
  if (type === 'entity.too.large') return new Fault('BODY_TOO_LARGE')
  if (type === 'entity.parse.failed')
    return new Fault('INPUT_INVALID', {}, { zh: '正文不是有效的 JSON', en: 'The body is not valid JSON' })
  if (!(error instanceof HttpException)) return null
  const code = BY_STATUS[error.getStatus()]
  return code ? new Fault(code) : null
}

function problemOf(fault: Fault, request: Request): Problem {
  const language = languageOf(request)
  const entry = FAULT_CODES[fault.code]
  const detail = fault.detail?.[language]
  return {
    type: `/docs/errors#${fault.code.toLowerCase()}`,
    title: entry[language],
    status: entry.status,
    code: fault.code,
    retryable: entry.retryable,
    instance: request.path,
    ...(detail === undefined ? {} : { detail }),
    ...(Object.keys(fault.facts).length > 0 ? { facts: fault.facts } : {}),
  }
}

/** Turns every failure into a problem document; a bug gets a reference number and a log entry with its stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    const request = http.getRequest<Request>()
    const response = http.getResponse<Response>()
    if (response.headersSent) {
      response.destroy()
      return
    }
    const known = asFault(error)
    const problem = problemOf(known ?? new Fault('INTERNAL'), request)
    if (!known) {
      problem.reference = newReference()
      log.error({ reference: problem.reference, path: request.path, err: error }, 'request failed by a bug')
    }
    const retryAfterS = known?.facts['retryAfterS']
    if (typeof retryAfterS === 'number') response.setHeader('Retry-After', String(retryAfterS))
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
  }
}
