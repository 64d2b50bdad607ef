import { createDeflateRaw, crc32, deflateRawSync } from 'node:zlib'
import type { Sink } from './report-document.ts'

/** Level 3 costs half as much again for 4 % less, level 9 many times as much for a tenth less. */
const LEVEL = 2
/** Packed bytes that are handed on at a time, and bytes that are packed at a time. */
const PACKED_CHUNK = 128 * 1024
const ROOM = 128 * 1024
const UTF8_NAMES_AND_SIZES_AFTER = 0x0808
const UTF8_NAMES = 0x0800
const MOST = 0xffff_ffff

interface Entry {
  name: string
  flags: number
  crc: number
  packed: number
  size: number
  at: number
}

/** The archive outgrew what the plain format holds. */
export class ArchiveTooLarge extends Error {}

/** Writes a zip archive piece by piece: memory stays flat however large an entry is. Dates are fixed: same report, same bytes. */
export class ZipWriter {
  private readonly sink: Sink
  private readonly entries: Entry[] = []
  private written = 0

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** A small entry, packed at once. */
  async add(name: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const packed = deflateRawSync(bytes, { level: LEVEL })
    const entry = {
      name,
      flags: UTF8_NAMES,
      crc: crc32(bytes),
      packed: packed.length,
      size: bytes.length,
      at: this.written,
    }
    await this.put(localHeader(entry))
    await this.put(packed)
    this.entries.push(entry)
  }

  /** A large entry: its pieces are packed as they come, and the reader is not overrun. */
  async stream(name: string, pieces: AsyncIterable<string | Iterable<string>>): Promise<void> {
    const entry: Entry = { name, flags: UTF8_NAMES_AND_SIZES_AFTER, crc: 0, packed: 0, size: 0, at: this.written }
    await this.put(localHeader(entry))
    const deflate = createDeflateRaw({ level: LEVEL, chunkSize: PACKED_CHUNK })
    const reading = (async () => {
      for await (const packed of deflate) {
        entry.packed += (packed as Buffer).length
        await this.put(packed as Buffer)
      }
    })()
    for await (const bytes of inRooms(pieces)) {
      entry.crc = crc32(bytes, entry.crc)
      entry.size += bytes.length
      await Promise.race([new Promise((taken) => deflate.write(bytes, taken)), reading])
    }
    deflate.end()
    await reading
    if (entry.size > MOST || entry.packed > MOST) throw new ArchiveTooLarge(name)
    await this.put(sizesAfter(entry))
    this.entries.push(entry)
  }

  async finish(): Promise<void> {
    const at = this.written
    if (at > MOST) throw new ArchiveTooLarge('archive')
    for (const entry of this.entries) await this.put(centralHeader(entry))
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(this.entries.length, 8)
    end.writeUInt16LE(this.entries.length, 10)
    end.writeUInt32LE(this.written - at, 12)
    end.writeUInt32LE(at, 16)
    await this.put(end)
  }

  private async put(bytes: Uint8Array): Promise<void> {
    this.written += bytes.length
    await this.sink(bytes)
  }
}

/**
 * Texts as UTF-8, gathered to some hundred kilobytes: each row alone would be dear to pack, and joined texts of that
 * size would lie among the objects that live long. The same bytes are used again for each room: whoever gets them is
 * done with them before asking for the next.
 */
async function* inRooms(pieces: AsyncIterable<string | Iterable<string>>): AsyncGenerator<Buffer> {
  let room = Buffer.allocUnsafe(ROOM)
  let used = 0
  for await (const piece of pieces)
    for (const text of typeof piece === 'string' ? [piece] : piece) {
      const most = text.length * 3
      if (used + most > room.length && used > 0) {
        yield room.subarray(0, used)
        used = 0
      }
      if (most > room.length) room = Buffer.allocUnsafe(most)
      used += room.write(text, used)
    }
  yield room.subarray(0, used)
}

/** 1980-01-01, the first day of the format. */
const DOS_DATE = 0x0021

function localHeader({ name, flags, crc, packed, size }: Entry): Buffer {
  const bytes = Buffer.from(name)
  const header = Buffer.alloc(30 + bytes.length)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(8, 8)
  header.writeUInt16LE(DOS_DATE, 12)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(packed, 18)
  header.writeUInt32LE(size, 22)
  header.writeUInt16LE(bytes.length, 26)
  bytes.copy(header, 30)
  return header
}

function sizesAfter({ crc, packed, size }: Entry): Buffer {
  const after = Buffer.alloc(16)
  after.writeUInt32LE(0x08074b50, 0)
  after.writeUInt32LE(crc, 4)
  after.writeUInt32LE(packed, 8)
  after.writeUInt32LE(size, 12)
  return after
}

function centralHeader({ name, flags, crc, packed, size, at }: Entry): Buffer {
  const bytes = Buffer.from(name)
  const header = Buffer.alloc(46 + bytes.length)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(20, 6)
  header.writeUInt16LE(flags, 8)
  header.writeUInt16LE(8, 10)
  header.writeUInt16LE(DOS_DATE, 14)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(packed, 20)
  header.writeUInt32LE(size, 24)
  header.writeUInt16LE(bytes.length, 28)
  header.writeUInt32LE(at, 42)
  bytes.copy(header, 46)
  return header
}
