import { inflateRawSync } from 'node:zlib'

/** A file that is no readable archive, or one that would unpack to more than is allowed. */
export class ArchiveRefused extends Error {}

const MOST_ENTRIES = 2_000
const MOST_BYTES = 300_000_000

const END = 0x06054b50
const CENTRAL = 0x02014b50

/** The entries of a zip archive by name, unpacked when asked for. Sizes are checked before anything is unpacked. */
export function readArchive(bytes: Buffer, mostBytes = MOST_BYTES): (name: string) => Buffer | undefined {
  const entries = new Map<string, { method: number; packed: number; size: number; at: number }>()
  const end = endOfDirectory(bytes)
  const count = bytes.readUInt16LE(end + 10)
  if (count > MOST_ENTRIES) throw new ArchiveRefused(`more than ${MOST_ENTRIES} entries`)
  let total = 0
  let at = bytes.readUInt32LE(end + 16)
  for (let i = 0; i < count; i += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw new ArchiveRefused('damaged directory')
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const size = bytes.readUInt32LE(at + 24)
    total += size
    if (total > mostBytes) throw new ArchiveRefused(`more than ${mostBytes} bytes when unpacked`)
    entries.set(bytes.toString('utf8', at + 46, at + 46 + nameLength), {
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      size,
      at: bytes.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + extra + comment
  }
  return (name) => {
    const entry = entries.get(name)
    if (entry === undefined) return undefined
    const from = entry.at + 30 + bytes.readUInt16LE(entry.at + 26) + bytes.readUInt16LE(entry.at + 28)
    const packed = bytes.subarray(from, from + entry.packed)
    if (entry.method === 0) return packed
    if (entry.method !== 8) throw new ArchiveRefused(`unknown packing of ${name}`)
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) })
  }
}

function endOfDirectory(bytes: Buffer): number {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 65_557); at -= 1) {
    if (bytes.readUInt32LE(at) === END) return at
  }
  throw new ArchiveRefused('not a zip archive')
}
