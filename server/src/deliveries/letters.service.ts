import { createHash, randomBytes } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { DeliveryFormat } from '@gemba/contracts/delivery'
import { type MessageFacts, headerLine, messageMarkup, messageText } from '@gemba/engine/format/message-text'
import { DataSource } from 'typeorm'
import { RightsService } from '../accounts/rights/rights.service.ts'
import { CatalogService } from '../catalog/catalog.service.ts'
import type { Letter } from '../mail/mail-post.service.ts'
import type { MailServer } from '../mail/mail-server.service.ts'
import { MailSettingsService } from '../mail/mail-settings.service.ts'
import { correctionSubject, correctionText } from './correction-words.ts'
import { type CorrectionRow, type PartRow, type ReceiptRow, RUN_COLUMNS, type RunRow, sumOf } from './delivery-rows.ts'

/** Days for which a link in a mail works. */
export const LINK_DAYS = 14
const BYTES_PER_MB = 1024 * 1024
const TYPES: Record<DeliveryFormat, string> = {
  pdf: 'application/pdf',
  png: 'image/png',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8',
}

interface Written {
  readonly run: RunRow
  readonly receipt: ReceiptRow
  readonly part: PartRow
}

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The name a file travels under: of the report and its day, without what a disk or header could take amiss. */
export function fileName(report: string, date: string, format: string): string {
  const plain = headerLine(report)
    .replace(/[\\/:*?"<>|;%]+/g, ' ')
    .trim()
    .slice(0, 80)
  return `${plain === '' ? 'report' : plain} ${date}.${format}`
}

/** Writes letters: the words of the schedule, the facts of the render, files or links. */
@Injectable()
export class Letters {
  constructor(
    private readonly database: DataSource,
    private readonly catalog: CatalogService,
    private readonly rights: RightsService,
    private readonly mail: MailSettingsService,
  ) {}

  async of(written: Written & { server: MailServer }): Promise<Letter> {
    const { run, receipt, part, server } = written
    if (receipt.correction !== null) return this.correction(written)
    const { files, name } = part.rendered
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const isLinked = run.document.files === 'linked' || bytes > server.mostAttachedMb * BYTES_PER_MB
    const links = isLinked ? await this.links(receipt, part, server) : []
    const { title, text } = await this.message(written, links)
    return {
      to: { name: receipt.name, address: receipt.address ?? '' },
      subject: title,
      text,
      markup: messageMarkup(text),
      messageId: receipt.message_id,
      repeated: receipt.was_unknown,
      files: isLinked
        ? []
        : files.map(({ format, path }) => ({
            name: fileName(name, run.production_date, format),
            path,
            type: TYPES[format],
          })),
    }
  }

  /** Without files: the letter that it answers has them. */
  private async correction({ run, receipt, part }: Written): Promise<Letter> {
    const { title, text } = await this.message({ run, receipt, part })
    return {
      to: { name: receipt.name, address: receipt.address ?? '' },
      subject: title,
      text,
      markup: messageMarkup(text),
      messageId: receipt.message_id,
      repliesTo: receipt.replies_to,
      repeated: receipt.was_unknown,
      files: [],
    }
  }

  /** Subject and body of a letter, or of one that corrects it. */
  async message(written: Written, links: readonly string[] = []): Promise<{ title: string; text: string }> {
    const { run, receipt, part } = written
    if (receipt.correction === null) return this.ownMessage(written, links)
    const [[sent], [found]] = await Promise.all([
      this.database.query<(RunRow & { accepted_at: Date })[]>(
        `SELECT ${RUN_COLUMNS}, c.accepted_at FROM delivery_run r JOIN delivery_receipt c ON c.run = r.id
         WHERE r.id = $1 AND c.kind = $2 AND c.recipient = $3`,
        [run.corrects, receipt.kind, receipt.recipient],
      ),
      this.database.query<CorrectionRow[]>('SELECT * FROM delivery_correction WHERE id = $1', [receipt.correction]),
    ])
    if (!sent || !found) throw new Error(`the letter that ${receipt.id} corrects is gone`)
    const { title } = await this.ownMessage({ run: sent, receipt, part })
    const { locale, site } = run.document
    const zone = this.catalog.snapshot.site(site)?.timeZone ?? 'UTC'
    const server = await this.mail.server()
    const text = correctionText(found.changes, {
      recipient: receipt.name,
      report: part.rendered.name,
      date: run.production_date,
      sentAt: timeText(sent.accepted_at.getTime(), { zone, locale }),
      link: `${server?.publicUrl ?? ''}/deliveries?run=${sent.id}`,
      locale,
    })
    return { title: headerLine(correctionSubject(title, locale)), text }
  }

  /** Subject and body. What a placeholder brings is never read again. */
  private async ownMessage(
    { run, receipt, part }: Written,
    links: readonly string[] = [],
  ): Promise<{ title: string; text: string }> {
    const facts = await this.facts({ run, receipt, part }, links)
    const { subject, body } = run.document
    const testMark = run.trigger === 'clock' ? '' : run.document.locale === 'en' ? '[test] ' : '[测试] '
    const shownLinks = links.length > 0 && !body.includes('{{link}}') ? `\n\n${links.join('\n')}` : ''
    const notes =
      part.rendered.notes.length > 0 && !body.includes('{{notes}}') ? `\n\n${part.rendered.notes.join('\n')}` : ''
    return {
      title: headerLine(`${testMark}${messageText(subject, facts)}`),
      // What was cut or is uncertain is said also where the author forgot to.
      text: `${messageText(body, facts)}${notes}${shownLinks}`,
    }
  }

  private async facts({ run, receipt, part }: Written, links: readonly string[]): Promise<MessageFacts> {
    const { rendered } = part
    const zone = this.catalog.snapshot.site(run.document.site)?.timeZone ?? 'UTC'
    const time = (at: number) => timeText(at, { zone, locale: run.document.locale })
    const { coverage, dataAsOf, totals } = rendered
    const missing = '—'
    const owner = await this.rights.principalOf(run.document.owner)
    const server = await this.mail.server()
    return {
      report: rendered.name,
      'production-day': run.production_date,
      'planned-at': time(run.planned_at.getTime()),
      recipient: receipt.name,
      owner: owner?.name[run.document.locale === 'en' ? 'en' : 'zh'] ?? run.document.owner,
      rows: String(sumOf(rendered.rows)),
      pages: rendered.pages === null ? missing : String(rendered.pages),
      'data-as-of': dataAsOf === null ? missing : time(Date.parse(dataAsOf)),
      // Rounded down: 99.96 % is not complete.
      coverage: coverage === null ? missing : `${Math.floor(coverage * 1000) / 10} %`,
      totals: totals.map(({ dataset, column, sum }) => `${dataset}.${column} ${sum}`).join(' · ') || missing,
      notes: rendered.notes.join('\n') || missing,
      hash: rendered.hash.slice(0, 8).toUpperCase(),
      link: links.length > 0 ? links.join('\n') : `${server?.publicUrl ?? ''}/deliveries?run=${run.id}`,
    }
  }

  /** Links that expire; only their hashes are kept. */
  private async links(receipt: ReceiptRow, part: PartRow, { publicUrl }: MailServer): Promise<string[]> {
    const links: string[] = []
    for (const { format } of part.rendered.files) {
      const token = randomBytes(32).toString('base64url')
      await this.database.query(
        `INSERT INTO delivery_link (token_hash, receipt, format, expires_at) VALUES ($1, $2, $3, now() + $4 * interval '1 day')`,
        [hashOfToken(token), receipt.id, format, LINK_DAYS],
      )
      const way = receipt.kind === 'user' ? '/deliveries?file=' : '/api/delivery-files/open/'
      links.push(`${publicUrl.replace(/\/$/, '')}${way}${token}`)
    }
    return links
  }
}

function timeText(at: number, { zone, locale }: { zone: string; locale: string }): string {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')} ${parts.get('hour')}:${parts.get('minute')}`
}
