import type { DeliveryReason } from '@gemba/contracts/delivery'

export interface Notice {
  readonly kind: 'failed' | 'held' | 'missed'
  readonly reason: DeliveryReason | null
  readonly schedule: string
  readonly plannedAt: Date | null
  readonly address: string
  readonly isEnglish: boolean
}

const KINDS: Record<Notice['kind'], { zh: string; en: string }> = {
  failed: { zh: '投递失败', en: 'Delivery failed' },
  held: { zh: '投递已扣留', en: 'Delivery is held' },
  missed: { zh: '投递超时', en: 'Delivery is overdue' },
}

const REASONS: Record<DeliveryReason, { zh: string; en: string }> = {
  'condition-not-met': { zh: '条件不成立', en: 'a condition is not met' },
  'source-too-old': {
    zh: '数据源太旧，数据到达后自动发送',
    en: 'a source is too old; it goes out when the data are there',
  },
  'held-too-long': { zh: '数据一直未到，已放弃', en: 'the data did not come; it was given up' },
  'missed-while-off': { zh: '服务器当时未运行', en: 'the server was not running' },
  'report-failed': { zh: '报表生成失败', en: 'the report could not be made' },
  'reports-away': { zh: '报表服务不可用', en: 'reports cannot be made at present' },
  'no-recipient': { zh: '没有收件人', en: 'there is no recipient' },
  'account-gone': { zh: '账号已停用', en: 'the account is gone' },
  'no-address': { zh: '收件人没有邮箱地址', en: 'a recipient has no mail address' },
  'no-access': { zh: '无权查看此报表', en: 'the report may not be seen' },
  'refused-by-server': { zh: '邮件服务器拒收', en: 'the mail server refused it' },
  'server-away': { zh: '连不上邮件服务器', en: 'the mail server cannot be reached' },
  'connection-lost': { zh: '发送途中断线', en: 'the line broke while sending' },
  'acceptance-unknown': { zh: '是否送达未知', en: 'whether it was accepted is unknown' },
  interrupted: { zh: '处理中断', en: 'it was interrupted' },
  'mail-not-set-up': { zh: '尚未设置邮件服务器', en: 'no mail server is set up' },
  'channel-gone': { zh: '群机器人已删除', en: 'the channel is gone' },
  'not-finished-in-time': { zh: '到期限仍未送达', en: 'it was not accepted by its deadline' },
}

/** What owner and deputy read: what, why, since when, where to look. */
export function noticeText({ kind, reason, schedule, plannedAt, address, isEnglish }: Notice): {
  subject: string
  text: string
} {
  const side = isEnglish ? 'en' : 'zh'
  const why = reason === null ? '' : REASONS[reason][side]
  const planned = plannedAt?.toISOString() ?? '—'
  const text = isEnglish
    ? `${KINDS[kind].en}: ${schedule}\nReason: ${why}\nPlanned at: ${planned}\n\nSteps, evidence and repairs: ${address}`
    : `${KINDS[kind].zh}：${schedule}\n原因：${why}\n计划时间（UTC）：${planned}\n\n步骤、证据与补救：${address}`
  return { subject: `[Gemba] ${KINDS[kind][side]} · ${schedule}${why === '' ? '' : ` · ${why}`}`, text }
}
