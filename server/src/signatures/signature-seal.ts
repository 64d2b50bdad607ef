import { createHmac } from 'node:crypto'

/** A row of `signature` as the store holds it. */
export interface StoredSignature {
  id: string
  kind: string
  record: string
  content_hash: string
  meaning: string
  comment: string | null
  signer: string
  signer_zh: string
  signer_en: string
  signed_at_ms: string
  /** How the signer proved who he is: `password`, `password+code`, `code`. */
  proof: string
  seal: string
}

/** Binds signer, time, meaning and content together: none of them can be cut out and put elsewhere. */
export function sealOf(key: Buffer, row: Omit<StoredSignature, 'seal'>): string {
  const covered = [
    row.id,
    row.kind,
    row.record,
    row.content_hash,
    row.meaning,
    row.comment,
    row.signer,
    row.signer_zh,
    row.signer_en,
    row.signed_at_ms,
    row.proof,
  ]
  return createHmac('sha256', key).update(JSON.stringify(covered)).digest('hex')
}
