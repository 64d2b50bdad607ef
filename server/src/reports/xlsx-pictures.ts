import { textOf } from '@gemba/engine/formula/values'
import { partValue } from '@gemba/engine/report/charts'
import type { ShownCell } from '@gemba/engine/report/report-result'
import { codesOf, type DrawnCode } from './draw-code.ts'
import { isPicture } from './html-cells.ts'
import type { ReportDocument } from './report-document.ts'

export type Fit = 'contain' | 'cover' | 'stretch'

/** A picture of a cell. Equal keys are equal pictures: a file holds each of them once. */
export interface Picture {
  key: string
  type: 'png' | 'jpeg'
  fit: Fit
  alt: string
  bytes: () => Promise<Buffer>
}

/** What cells show instead of text: pictures of the template, and codes drawn as points. */
export class XlsxPictures {
  private readonly codeOf: (shown: ShownCell) => DrawnCode | undefined

  private constructor(codeOf: (shown: ShownCell) => DrawnCode | undefined) {
    this.codeOf = codeOf
  }

  static async of(document: ReportDocument): Promise<XlsxPictures> {
    return new XlsxPictures(await codesOf(document))
  }

  /** The picture of a cell, or in words why there is none; undefined if the cell shows its value. */
  of(shown: ShownCell): Picture | { problem: string } | undefined {
    const { value } = shown.cell.source
    if (shown.blank || value === undefined) return undefined
    if ('image' in value) return this.image(shown, value.image.fit)
    const code = this.codeOf(shown)
    if (code === undefined || 'problem' in code) return code
    return { key: code.key, type: 'png', fit: 'contain', alt: code.text, bytes: code.png }
  }

  private image({ of, cell, instance }: ShownCell, fit: Fit): Picture | undefined {
    const address = textOf(partValue(of.run, cell, { part: 'value.image.expr', instance }))
    if (!isPicture(address)) return undefined
    const type = address.startsWith('data:image/png') ? 'png' : 'jpeg'
    const bytes = async (): Promise<Buffer> => Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')
    return { key: address, type, fit, alt: '', bytes }
  }
}

/** Lengths of two sides, in any unit. */
export interface Sides {
  width: number
  height: number
}

/** Where a picture lies in its room, and which shares of it are cut off on both sides. */
export interface Placed {
  left: number
  top: number
  size: Sides
  cut: { x: number; y: number }
}

/** Lays a picture into a room: whole, filling it, or stretched to it. Without a known size it is stretched. */
export function placed(room: Sides, picture: Sides | undefined, fit: Fit): Placed {
  const whole = { left: 0, top: 0, size: room, cut: { x: 0, y: 0 } }
  if (picture === undefined || fit === 'stretch' || room.width <= 0 || room.height <= 0) return whole
  const [across, down] = [room.width / picture.width, room.height / picture.height]
  if (fit === 'cover') {
    const scale = Math.max(across, down)
    const beyond = (length: number, shown: number): number => Math.max(0, (1 - shown / (length * scale)) / 2)
    return { ...whole, cut: { x: beyond(picture.width, room.width), y: beyond(picture.height, room.height) } }
  }
  const scale = Math.min(across, down)
  const size = { width: picture.width * scale, height: picture.height * scale }
  return { ...whole, left: (room.width - size.width) / 2, top: (room.height - size.height) / 2, size }
}

/** Points of a picture; undefined if the bytes do not tell. */
export function pictureSize(bytes: Buffer): Sides | undefined {
  const size = bytes.toString('latin1', 1, 4) === 'PNG' ? pngSize(bytes) : jpegSize(bytes)
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
}

const pngSize = (bytes: Buffer): Sides | undefined =>
  bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }

/** The size stands in the first frame header (C0 … CF), which are not tables (C4), extensions (C8) or coding (CC). */
function jpegSize(bytes: Buffer): Sides | undefined {
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
