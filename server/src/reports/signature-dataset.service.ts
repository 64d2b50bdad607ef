import { Injectable } from '@nestjs/common'
import type { SignableEntry, SignatureRow } from '@gemba/contracts/signature'
import type { SignatureDataset } from '@gemba/contracts/template'
import { SignaturesService } from '../signatures/signatures.service.ts'
import { textsOf } from './dataset-parameters.ts'
import { NO_MARK, cutNote, type DatasetMark, type DatasetQuestion, type LineSink } from './dataset-reading.ts'

/** Electronic signatures under the records of a lot, each judged against the record as it is when the report runs. */
@Injectable()
export class SignatureDatasets {
  constructor(private readonly signatures: SignaturesService) {}

  async read(name: string, dataset: SignatureDataset, question: DatasetQuestion, sink: LineSink): Promise<DatasetMark> {
    const lot = textsOf(dataset.lot, question.params)?.[0]
    if (lot === undefined) return NO_MARK
    const { records, more } = await this.signatures.entries(dataset.of, { search: '', lot }, question.principal)
    const rows = records.flatMap((record) => record.signatures.map((signature) => ({ record, signature })))
    rows.sort((a, b) => a.signature.signedAt - b.signature.signedAt)
    for (const [index, row] of rows.entries()) await sink(JSON.stringify(columnsOf(row, index + 1, question.locale)))
    const notes = more ? [cutNote(name, rows.length, null)] : []
    return { ...NO_MARK, notes, types: { no: 'integer', signedAt: 'instant' } }
  }
}

const columnsOf = (
  { record, signature }: { record: SignableEntry; signature: SignatureRow },
  no: number,
  locale: 'zh-CN' | 'en',
) => ({
  no,
  record: record.name,
  meaning: signature.meaning,
  signer: signature.signerName[locale === 'zh-CN' ? 'zh' : 'en'],
  signedAt: new Date(signature.signedAt).toISOString(),
  state: signature.state,
  comment: signature.comment,
  hash: signature.contentHash,
})
