import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { ScheduleRequest } from '@gemba/contracts/delivery'
import { SERVER_CONFIG, type ServerConfig } from '../config.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { Schedules } from './schedules.service.ts'

const ACCOUNTS = ['admin', 'manager', 'analyst', 'executive', 'quality', 'operator']
/** Fixed, so that what somebody changed or switched off is not brought back. */
const MORNING = '5f7d3c1e-0a52-4c53-9e0e-3b7c1b0d0001'
const MONTHLY = '5f7d3c1e-0a52-4c53-9e0e-3b7c1b0d0002'

const morning = (site: string): ScheduleRequest => ({
  name: '生产日报',
  site,
  timing: { kind: 'day-end', delayMinutes: 20 },
  report: 'daily-production',
  version: null,
  params: { equipment: site, period: { relative: 'last-production-day', days: 0 } },
  locale: 'zh-CN',
  formats: ['pdf', 'xlsx'],
  files: 'attached',
  rights: 'recipient',
  recipients: [
    { kind: 'user', user: 'executive' },
    { kind: 'user', user: 'manager' },
  ],
  subject: '{{report}} {{production-day}} · {{rows}} 行 · 数据截至 {{data-as-of}}',
  body: '{{recipient}}，您好：\n\n附上 {{report}}（生产日 {{production-day}}）。\n数据截至 {{data-as-of}}，覆盖率 {{coverage}}，校验 {{hash}}。\n\n{{notes}}\n\n在线查看与送达记录：{{link}}\n负责人：{{owner}}',
  // An empty report says nothing: better no letter than one without a row.
  conditions: [{ kind: 'rows', dataset: null, is: '>', than: 0 }],
  owner: 'manager',
  deputy: 'analyst',
  deadlineMinutes: 10,
  enabled: true,
  tellCorrections: false,
})

/** Last month, as the template itself says; a young demo has only its last days. */
const monthly = (site: string): ScheduleRequest => ({
  ...morning(site),
  name: '月度经营总览',
  timing: { kind: 'clock', cron: '0 8 1 * *', calendar: 'every-day' },
  report: 'executive-monthly',
  params: { equipment: site },
  recipients: [{ kind: 'user', user: 'executive' }],
  deadlineMinutes: 30,
})

/** The demo has mailboxes and deliveries from the first start. */
@Injectable()
export class DemoSchedule implements OnApplicationBootstrap {
  constructor(
    private readonly schedules: Schedules,
    private readonly catalog: CatalogService,
    private readonly mail: MailSettingsService,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const [site] = this.catalog.snapshot.document.sites
    if (!this.config.demo || !site) return
    await this.mail.suggestAddresses(ACCOUNTS.map((user) => ({ user, address: `${user}@suz.example` })))
    await this.schedules.plant(morning(site.id), MORNING, 'manager')
    await this.schedules.plant(monthly(site.id), MONTHLY, 'manager')
  }
}
