import type { RunError } from '@gemba/contracts/report'
import { Fault } from '../http/fault.ts'
import { WarehouseUnreachable } from '../warehouse/warehouse.service.ts'
import { DatasetRefused } from './dataset-reading.ts'

/** A run ends with this error. */
export class RunFailure extends Error {
  readonly error: RunError

  constructor(error: RunError) {
    super(error.code)
    this.error = error
  }
}

const AGAIN = { zh: '请稍后再运行', en: 'Run it again later' }

function errorOf(code: RunError['code'], cause: RunError['cause'], remedy: RunError['remedy']): RunError {
  return { code, cause, remedy, dataset: null, cell: null }
}

/** Why a run failed, and what to do; null for a mistake of the program, which goes into the log. */
export function runErrorOf(error: unknown, dataset: string | null): RunError | null {
  if (error instanceof RunFailure) return error.error
  if (error instanceof DatasetRefused) return { ...errorOf('dataset-refused', error.words, error.remedy), dataset }
  if (error instanceof Fault) {
    const { zh, en } = error.detail ?? error.entry
    const remedy = { zh: '请修改参数，或向管理员申请权限', en: 'Change the parameters, or ask for the right' }
    return { ...errorOf('dataset-refused', { zh, en }, remedy), dataset }
  }
  if (error instanceof WarehouseUnreachable)
    return { ...errorOf('store-away', { zh: '仓库暂不可用', en: 'The warehouse cannot be reached' }, AGAIN), dataset }
  if (isDeadWorker(error)) return deadWorker(error)
  return null
}

/** A template that cannot run, or one that asks for more than its budget. */
export function refusedError(problems: readonly string[]): RunError {
  const text = problems.join('; ').slice(0, 2_000)
  const isLimit = /over the limit|超出上限/.test(text)
  const cell = /^([A-Z]{1,3}\d+)[:,]/.exec(text)?.[1] ?? null
  const remedy = isLimit
    ? { zh: '请缩小期间或条件，或减少展开', en: 'Narrow the period or the conditions, or expand less' }
    : { zh: '请修改模板', en: 'Correct the template' }
  const code = isLimit ? 'limit-exceeded' : 'template-refused'
  return { ...errorOf(code, { zh: text, en: text }, remedy), cell }
}

export const tooManyRows = (most: number): RunError =>
  errorOf(
    'limit-exceeded',
    {
      zh: `报表和子报表一共超过 ${new Intl.NumberFormat('en').format(most)} 行`,
      en: `The report and its sub-reports have more than ${new Intl.NumberFormat('en').format(most)} rows`,
    },
    { zh: '请缩小期间或条件', en: 'Narrow the period or the conditions' },
  )

export const timeoutError = (minutes: number): RunError =>
  errorOf(
    'timeout',
    { zh: `运行超过 ${minutes} 分钟`, en: `The run took longer than ${minutes} minutes` },
    { zh: '请缩小期间或条件', en: 'Narrow the period or the conditions' },
  )

export const internalError = (): RunError =>
  errorOf('internal', { zh: '程序出错', en: 'Something went wrong in the program' }, AGAIN)

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')
const WORKER_GONE = /worker.*(exit|terminat|died)|terminating worker/i

const isDeadWorker = (error: unknown): boolean =>
  codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY' || (error instanceof Error && WORKER_GONE.test(error.message))

function deadWorker(error: unknown): RunError {
  if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY')
    return errorOf(
      'worker-died',
      { zh: '报表超出内存上限', en: 'The report needs more memory than is allowed' },
      { zh: '请缩小期间或条件', en: 'Narrow the period or the conditions' },
    )
  return errorOf(
    'worker-died',
    { zh: '计算进程意外结束', en: 'The thread that made the report ended unexpectedly' },
    AGAIN,
  )
}
