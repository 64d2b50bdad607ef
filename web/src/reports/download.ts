import { SERVER_AWAY, localProblem, problemOf } from '../connection/problem-error.ts'
import { linkHeaders } from '../connection/spoken-link.ts'

export interface FetchedFile {
  blob: Blob
  name: string
}

/** Fetches a file and tells how many bytes have come; `total` is null where the server does not say. Throws ProblemError. */
export async function fetchFile(
  address: string,
  options: { signal: AbortSignal; name: string; progress: (bytes: number, total: number | null) => void },
): Promise<FetchedFile> {
  const response = await fetch(address, {
    credentials: 'same-origin',
    headers: linkHeaders(),
    signal: options.signal,
  }).catch((error) => {
    if (options.signal.aborted) throw error
    throw localProblem(SERVER_AWAY, 0, error)
  })
  if (!response.ok) throw await problemOf(response)
  const total = Number(response.headers.get('content-length')) || null
  const type = response.headers.get('content-type') ?? 'application/octet-stream'
  const chunks: BlobPart[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    chunks.push(piece.value as BlobPart)
    bytes += piece.value.byteLength
    options.progress(bytes, total)
  }
  return { blob: new Blob(chunks, { type }), name: nameOf(response.headers.get('content-disposition')) ?? options.name }
}

/** The name of a file from its header; the form with an encoding wins. */
export function nameOf(disposition: string | null): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  if (encoded !== undefined) return safely(decodeOr(encoded))
  const plain = /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1]
  return plain === undefined ? null : safely(plain)
}

function decodeOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const safely = (name: string): string => name.replaceAll(/[\\/:*?"<>|]/g, '_')

/** Hands a file to the browser, as if a link to it had been clicked. */
export function saveFile({ blob, name }: FetchedFile): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser reads it after the click; it is freed well after that.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
