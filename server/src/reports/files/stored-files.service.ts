import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { Injectable } from '@nestjs/common'
import type { Bilingual } from '@gemba/contracts/catalog'
import { type FileColumn, type RowAudience, fileColumn, rowAudience } from '@gemba/contracts/data-file'
import { DataSource, type EntityManager } from 'typeorm'
import { z } from 'zod'
import { Fault } from '../../http/fault.ts'
import type { FileTable } from './file-table.ts'

const compressed = promisify(zstdCompress)
const plain = promisify(zstdDecompress)
/** An upload that nobody made a version of is forgotten. */
const UPLOAD_KEPT_MINUTES = 60
/** Lines of JSON of one file; uploads are far smaller. */
const MOST_LINE_BYTES = 512 * 1024 * 1024

export interface StoredFile {
  id: string
  name: Bilingual
  audience: RowAudience
  version: number
}

/** One upload of a file: it never changes. */
export interface FileVersion {
  version: number
  fileName: string
  bytes: number
  hash: string
  columns: FileColumn[]
  rows: number
  uploadedBy: string
  uploadedAt: Date
}

interface FileRow {
  id: string
  name_zh: string
  name_en: string
  audience: unknown
  version: number
}
interface VersionRow {
  file: string
  version: number
  file_name: string
  bytes: number
  hash: string
  columns: unknown
  row_count: number
  uploaded_by: string
  uploaded_at: Date
}

const FACTS = 'version, file_name, bytes, hash, columns, row_count, uploaded_by, uploaded_at'
const CONTENT = 'file_name, format, bytes, hash, columns, row_count, lines, uploaded_by'

/** Uploaded files and their versions, as they lie in the database. */
@Injectable()
export class StoredFiles {
  constructor(private readonly database: DataSource) {}

  async all(): Promise<{ file: StoredFile; version: FileVersion }[]> {
    const files = (await this.database.query<FileRow[]>('SELECT * FROM data_file ORDER BY id')).map(fileOf)
    const versions = await this.database.query<VersionRow[]>(
      `SELECT v.file, ${FACTS.replaceAll(/(\w+)/g, 'v.$1')} FROM data_file_version v
       JOIN data_file f ON f.id = v.file AND f.version = v.version`,
    )
    return files.flatMap((file) => {
      const own = versions.find((each) => each.file === file.id)
      return own === undefined ? [] : [{ file, version: versionOf(own) }]
    })
  }

  /** The version in force, or the one that was in force at an instant; null when there was none. */
  async find(id: string, knownAt?: number): Promise<{ file: StoredFile; version: FileVersion | null } | null> {
    const [row] = await this.database.query<FileRow[]>('SELECT * FROM data_file WHERE id = $1', [plainText(id)])
    if (row === undefined) return null
    const [version] = await this.database.query<VersionRow[]>(
      `SELECT file, ${FACTS} FROM data_file_version WHERE file = $1 AND ($2::timestamptz IS NULL OR uploaded_at <= $2)
       ORDER BY version DESC LIMIT 1`,
      [row.id, knownAt === undefined ? null : new Date(knownAt)],
    )
    return { file: fileOf(row), version: version === undefined ? null : versionOf(version) }
  }

  /** The rows of a version, one line of JSON each. */
  async lines(id: string, version: number): Promise<string[]> {
    const [row] = await this.database.query<{ lines: Buffer }[]>(
      'SELECT lines FROM data_file_version WHERE file = $1 AND version = $2',
      [id, version],
    )
    if (row === undefined) throw new Fault('DATA_FILE_UNKNOWN', { file: id })
    const text = (await plain(row.lines, { maxOutputLength: MOST_LINE_BYTES })).toString('utf8')
    return text === '' ? [] : text.slice(0, -1).split('\n')
  }

  /** Keeps what was read until somebody makes a version of it. */
  async keepUpload(table: FileTable, { fileName, bytes, by }: { fileName: string; bytes: Buffer; by: string }) {
    const id = randomUUID()
    const names = table.columns.map(({ name }) => name)
    const lines = table.rows.map(
      (row) => `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, row[index]])))}\n`,
    )
    const content = await compressed(Buffer.from(lines.join('')))
    await this.database.query(
      `DELETE FROM data_file_upload WHERE uploaded_at < now() - make_interval(mins => ${UPLOAD_KEPT_MINUTES})`,
    )
    await this.database.query(
      `INSERT INTO data_file_upload (id, ${CONTENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        fileName,
        table.format,
        bytes.length,
        createHash('sha256').update(bytes).digest('hex'),
        JSON.stringify(table.columns),
        table.rows.length,
        content,
        by,
      ],
    )
    return id
  }

  /** Locks a file within a transaction; null = it is new. */
  async locked(manager: EntityManager, given: string): Promise<StoredFile | null> {
    const id = plainText(given)
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`data_file:${id}`])
    const [row] = await manager.query<FileRow[]>('SELECT * FROM data_file WHERE id = $1', [id])
    return row === undefined ? null : fileOf(row)
  }

  async columnsOfUpload(manager: EntityManager, upload: string, by: string): Promise<FileColumn[]> {
    const [row] = await manager.query<{ columns: unknown }[]>(
      'SELECT columns FROM data_file_upload WHERE id = $1 AND uploaded_by = $2',
      [upload, by],
    )
    if (row === undefined) throw new Fault('UPLOAD_UNKNOWN')
    return z.array(fileColumn).parse(row.columns)
  }

  async columnsOfVersion(manager: EntityManager, { id, version }: StoredFile): Promise<FileColumn[]> {
    const [row] = await manager.query<{ columns: unknown }[]>(
      'SELECT columns FROM data_file_version WHERE file = $1 AND version = $2',
      [id, version],
    )
    return z.array(fileColumn).parse(row?.columns)
  }

  async save(manager: EntityManager, file: StoredFile, by: string): Promise<void> {
    await manager.query(
      `INSERT INTO data_file (id, name_zh, name_en, audience, version, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE
       SET name_zh = $2, name_en = $3, audience = $4, version = $5, changed_by = $6, changed_at = now()`,
      [file.id, file.name.zh, file.name.en, JSON.stringify(file.audience), file.version, by],
    )
  }

  /** Makes an upload the version of a file; gives its hash for the audit trail. */
  async promote(manager: EntityManager, upload: string, { id, version }: StoredFile): Promise<string> {
    const [row] = await manager.query<{ hash: string }[]>(
      `INSERT INTO data_file_version (file, version, ${CONTENT})
       SELECT $1, $2, ${CONTENT} FROM data_file_upload WHERE id = $3 RETURNING hash`,
      [id, version, upload],
    )
    await manager.query('DELETE FROM data_file_upload WHERE id = $1', [upload])
    return row?.hash ?? ''
  }

  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.query('DELETE FROM data_file WHERE id = $1', [id])
  }
}

/** PostgreSQL takes no NUL in a text. */
const plainText = (text: string): string => text.replaceAll('\0', '')

const fileOf = ({ id, name_zh, name_en, audience, version }: FileRow): StoredFile => ({
  id,
  name: { zh: name_zh, en: name_en },
  audience: rowAudience.parse(audience),
  version,
})

const versionOf = (row: VersionRow): FileVersion => ({
  version: row.version,
  fileName: row.file_name,
  bytes: row.bytes,
  hash: row.hash,
  columns: z.array(fileColumn).parse(row.columns),
  rows: row.row_count,
  uploadedBy: row.uploaded_by,
  uploadedAt: row.uploaded_at,
})
