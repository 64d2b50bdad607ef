import { type DataFileChange, dataFileUpload, dataFilesAnswer, rowsPreview } from '@gemba/contracts/data-file'
import { request } from '../connection/api.ts'

const part = encodeURIComponent
const FILES = '/api/data-files'

/** The doors of uploaded files. */
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
}
