import { type DataFileChange, dataFileUpload, dataFilesAnswer, rowsPreview } from '@gemba/contracts/data-file'
import { type ExternalDatabaseChange, databaseTrial, externalDatabasesAnswer } from '@gemba/contracts/external-database'
import { request } from '../connection/api.ts'

const part = encodeURIComponent
const FILES = '/api/data-files'
const DATABASES = '/api/external-databases'

/** The doors of uploaded files and of databases of others. */
export const foreignApi = {
  files: (signal?: AbortSignal) => request(dataFilesAnswer, FILES, { signal }),
  upload: (file: File) =>
    request(dataFileUpload, `${FILES}/uploads?${new URLSearchParams({ fileName: file.name })}`, {
      method: 'POST',
      bytes: file,
    }),
  changeFile: (id: string, body: DataFileChange) =>
    request(dataFilesAnswer, `${FILES}/${part(id)}`, { method: 'PUT', body }),
  fileRows: (id: string, signal?: AbortSignal) => request(rowsPreview, `${FILES}/${part(id)}/rows`, { signal }),
  removeFile: (id: string) => request(dataFilesAnswer, `${FILES}/${part(id)}`, { method: 'DELETE' }),
  databases: (signal?: AbortSignal) => request(externalDatabasesAnswer, DATABASES, { signal }),
  changeDatabase: (id: string, body: ExternalDatabaseChange) =>
    request(externalDatabasesAnswer, `${DATABASES}/${part(id)}`, { method: 'PUT', body }),
  attemptDatabase: (id: string) => request(databaseTrial, `${DATABASES}/${part(id)}/trial`, { method: 'POST' }),
  databaseRows: (id: string, sql: string) =>
    request(rowsPreview, `${DATABASES}/${part(id)}/rows`, { method: 'POST', body: { sql } }),
  removeDatabase: (id: string) => request(externalDatabasesAnswer, `${DATABASES}/${part(id)}`, { method: 'DELETE' }),
}
