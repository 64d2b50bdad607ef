import {
  type ScheduleChange,
  type ScheduleRequest,
  deliveryRun,
  deliveryRunDetail,
  deliveryRunsAnswer,
  deliverySchedule,
  demoMailbox,
  schedulesAnswer,
} from '@gemba/contracts/delivery'
import { recipientDirectory } from '@gemba/contracts/mail'
import { type ParameterValues, parametersAnswer, reportsAnswer } from '@gemba/contracts/report'
import { request } from '../connection/api.ts'

const part = encodeURIComponent

/** The doors of deliveries. */
export const deliveryApi = {
  schedules: (signal?: AbortSignal) => request(schedulesAnswer, '/api/delivery-schedules', { signal }),
  create: (body: ScheduleRequest) => request(deliverySchedule, '/api/delivery-schedules', { method: 'POST', body }),
  change: (id: string, body: ScheduleChange) =>
    request(deliverySchedule, `/api/delivery-schedules/${part(id)}`, { method: 'PUT', body }),
  test: (id: string) => request(deliveryRun, `/api/delivery-schedules/${part(id)}/test`, { method: 'POST', body: {} }),
  runs: (range: { from: string; to: string }, signal?: AbortSignal) =>
    request(deliveryRunsAnswer, `/api/delivery-runs?${new URLSearchParams(range)}`, { signal }),
  run: (id: string, signal?: AbortSignal) => request(deliveryRunDetail, `/api/delivery-runs/${part(id)}`, { signal }),
  retry: (id: string) => request(deliveryRun, `/api/delivery-runs/${part(id)}/retry`, { method: 'POST', body: {} }),
  sendToMe: (id: string) =>
    request(deliveryRun, `/api/delivery-runs/${part(id)}/send-to-me`, { method: 'POST', body: {} }),
  reports: (signal?: AbortSignal) => request(reportsAnswer, '/api/reports', { signal }),
  /** Parameters of a report with their options, as they follow the values that are fixed. */
  parameters: (report: string, values: ParameterValues, signal?: AbortSignal) =>
    request(parametersAnswer, `/api/reports/${part(report)}/parameters`, { method: 'POST', body: { values }, signal }),
  recipients: (report: string, signal?: AbortSignal) =>
    request(recipientDirectory, `/api/delivery-recipients?${new URLSearchParams(report === '' ? {} : { report })}`, {
      signal,
    }),
  demoMailbox: (signal?: AbortSignal) => request(demoMailbox, '/api/demo/mail', { signal }),
}
