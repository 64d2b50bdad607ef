import type { ReportChart } from '@gemba/engine/report/charts'
import type { Box } from '@gemba/engine/report/address'
import { escaped } from './report-document.ts'
import { placed, type Picture, type Sides } from './xlsx-pictures.ts'

/** A chart or picture at its cells. Widths and heights of the lines under it are millimetres, 0 where hidden. */
export type Drawn = { box: Box; widths: Float64Array; heights: Float64Array } & (
  { kind: 'chart'; chart: ReportChart } | { kind: 'picture'; picture: Picture }
)

const NAMESPACES =
  'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
const EMU_PER_MM = 36_000
/** Shares are written in thousandths of a percent. */
const FULL_CUT = 100_000

/** The drawing of one sheet, one item after the other; the n-th has the relation `rId<n>`. */
export class DrawingXml {
  private readonly anchors: string[] = []

  addChart({ box }: Drawn): void {
    const id = this.anchors.length + 1
    this.anchors.push(
      `<xdr:twoCellAnchor editAs="oneCell">${corner('from', box.y0, box.x0)}${corner('to', box.y1, box.x1)}${chartFrame(id)}<xdr:clientData/></xdr:twoCellAnchor>`,
    )
  }

  /** `size` in points, undefined if it is not known. */
  addPicture({ box, widths, heights }: Drawn, { fit, alt }: Picture, size: Sides | undefined): void {
    const id = this.anchors.length + 1
    const sum = (lengths: Float64Array): number => lengths.reduce((total, length) => total + length, 0)
    const place = placed({ width: sum(widths), height: sum(heights) }, size, fit)
    const [column, left] = lineAt(widths, place.left)
    const [row, top] = lineAt(heights, place.top)
    const from = corner('from', box.y0 + row, box.x0 + column, { left, top })
    const extent = `<xdr:ext cx="${emu(place.size.width)}" cy="${emu(place.size.height)}"/>`
    this.anchors.push(
      `<xdr:oneCellAnchor>${from}${extent}${pictureXml(id, { alt, place })}<xdr:clientData/></xdr:oneCellAnchor>`,
    )
  }

  xml(): string {
    return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<xdr:wsDr ${NAMESPACES}>${this.anchors.join('')}</xdr:wsDr>`
  }
}

const emu = (mm: number): number => Math.round(mm * EMU_PER_MM)

/** The line that holds a distance from the first one, and how far in. */
function lineAt(lengths: Float64Array, distance: number): [line: number, inside: number] {
  let rest = distance
  for (const [line, length] of lengths.entries()) {
    if (rest < length || line === lengths.length - 1) return [line, Math.min(rest, length)]
    rest -= length
  }
  return [0, 0]
}

function corner(name: string, row: number, column: number, inside = { left: 0, top: 0 }): string {
  return `<xdr:${name}><xdr:col>${column}</xdr:col><xdr:colOff>${emu(inside.left)}</xdr:colOff><xdr:row>${row}</xdr:row><xdr:rowOff>${emu(inside.top)}</xdr:rowOff></xdr:${name}>`
}

function chartFrame(id: number): string {
  return `<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="${id + 1}" name="Chart ${id}"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="rId${id}"/></a:graphicData></a:graphic></xdr:graphicFrame>`
}

function pictureXml(id: number, { alt, place }: { alt: string; place: ReturnType<typeof placed> }): string {
  const [x, y] = [Math.round(place.cut.x * FULL_CUT), Math.round(place.cut.y * FULL_CUT)]
  const cut = x === 0 && y === 0 ? '' : `<a:srcRect l="${x}" t="${y}" r="${x}" b="${y}"/>`
  const words = alt === '' ? '' : ` descr="${escaped(alt)}"`
  return `<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="${id + 1}" name="Picture ${id}"${words}/><xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId${id}"/>${cut}<a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="${emu(place.size.width)}" cy="${emu(place.size.height)}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic>`
}
