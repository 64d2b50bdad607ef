/** A letter through a mail server, stage by stage: what stands in the way is named where it stands. */
import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { MailTrial, TrialStage } from '@gemba/contracts/mail'
import { messageMarkup } from '@gemba/engine/format/message-text'
import type SmtpConnection from 'nodemailer/lib/smtp-connection/index.js'
import {
  type Letter,
  POST_WITHIN_MS,
  composed,
  connected,
  connectionTo,
  given,
  shortened,
  signedIn,
  signsIn,
} from './mail-post.service.ts'
import type { MailServer } from './mail-server.service.ts'

const LINE_WITHIN_MS = 10_000
type Stage = MailTrial['stages'][number]

export function trialLetter(to: string, server: MailServer, by: string): Letter {
  const way = `${server.host}:${server.port}`
  const text = `由 ${by} 在邮件设置页发出，经 ${way}。收到即表示邮件服务器可用。\n\nSent by ${by} from the mail settings through ${way}. When you read this, the mail server works.`
  return {
    to: { name: to, address: to },
    subject: 'Gemba 测试邮件 · test mail',
    text,
    markup: messageMarkup(text),
    messageId: `<${randomUUID()}@${server.from.split('@')[1] ?? 'gemba.invalid'}>`,
    repeated: false,
    files: [],
  }
}

/** Each stage in its order; the first that fails ends the trial, and the rest says that it was not tried. */
export async function attemptLetter(server: MailServer, letter: Letter): Promise<MailTrial> {
  const stages: Stage[] = []
  const message = composed(letter, server)
  let isWhole = false
  message.stream.once('end', () => (isWhole = true))
  const connection = connectionTo(server)
  const broken = brokenBy(connection)
  const within = <T>(work: Promise<T>) => Promise.race([broken.promise, work])
  const step = async (stage: TrialStage, work: () => Promise<string | null>): Promise<boolean> => {
    const startedAt = performance.now()
    const tookMs = () => Math.round(performance.now() - startedAt)
    try {
      stages.push({ stage, outcome: 'done', answer: await work(), tookMs: tookMs() })
      return true
    } catch (error) {
      if (stage === 'letter') stages.push(...lettersEnd(error, { isWhole, tookMs: tookMs() }))
      else stages.push({ stage, outcome: 'failed', answer: answerOf(error), tookMs: tookMs() })
      return false
    }
  }
  try {
    const reaches =
      (await step('name', async () => (await lookup(server.host)).address)) &&
      (await step('line', () => lineTo(server))) &&
      (await step('greeting', () => within(greetingOf(connection))))
    if (reaches && !signsIn(server))
      stages.push({ stage: 'sign-in', outcome: 'not-needed', answer: unsigned(server), tookMs: null })
    const enters =
      reaches &&
      (!signsIn(server) || (await step('sign-in', () => within(signedIn(connection, server).then(() => null)))))
    if (enters && (await step('letter', () => within(given(connection, message)).then(shortened))))
      stages.splice(-1, 0, {
        stage: 'envelope',
        outcome: 'done',
        answer: `${server.from} → ${letter.to.address}`,
        tookMs: null,
      })
  } finally {
    broken.forget()
    message.stream.destroy()
    connection.close()
  }
  return { stages: [...stages, ...untried(stages)], messageId: letter.messageId }
}

const unsigned = ({ user }: MailServer): string | null => (user === null ? null : 'no password is stored')

/** Whether anything listens there: a connection on which nothing is said. */
function lineTo({ host, port }: MailServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: LINE_WITHIN_MS })
    const over = (end: () => void) => {
      socket.destroy()
      end()
    }
    socket.once('connect', () => over(() => resolve(`${host}:${port}`)))
    socket.once('timeout', () => over(() => reject(new Error(`no answer after ${LINE_WITHIN_MS} ms`))))
    socket.once('error', (error) => over(() => reject(error)))
  })
}

async function greetingOf(connection: SmtpConnection): Promise<string> {
  await connected(connection)
  return (connection as unknown as { secure: boolean }).secure ? 'TLS' : 'no encryption'
}

function brokenBy(connection: SmtpConnection): { promise: Promise<never>; forget: () => void } {
  let timer: NodeJS.Timeout | undefined
  const promise = new Promise<never>((_resolve, reject) => {
    connection.on('error', reject)
    connection.once('end', () => reject(new Error('the connection was closed')))
    timer = setTimeout(() => reject(new Error(`not over after ${POST_WITHIN_MS} ms`)), POST_WITHIN_MS)
  })
  // Nobody may be waiting when it breaks.
  promise.catch(() => undefined)
  return { promise, forget: () => clearTimeout(timer) }
}

/** Envelope and letter are given in one call; the answer says at which of them it ended. */
function lettersEnd(error: unknown, { isWhole, tookMs }: { isWhole: boolean; tookMs: number }): Stage[] {
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  const answer = answerOf(error)
  if (code === 'EENVELOPE') return [{ stage: 'envelope', outcome: 'failed', answer, tookMs }]
  const outcome = isWhole && responseCode === undefined ? 'unknown' : 'failed'
  return [
    { stage: 'envelope', outcome: 'done', answer: null, tookMs: null },
    { stage: 'letter', outcome, answer, tookMs },
  ]
}

function answerOf(error: unknown): string {
  const { response, message } = error as { response?: string; message?: string }
  return shortened(response ?? message ?? String(error))
}

const ORDER: readonly TrialStage[] = ['name', 'line', 'greeting', 'sign-in', 'envelope', 'letter']
const untried = (stages: readonly Stage[]): Stage[] =>
  ORDER.filter((stage) => !stages.some((each) => each.stage === stage)).map((stage) => ({
    stage,
    outcome: 'not-tried',
    tookMs: null,
    answer: null,
  }))
