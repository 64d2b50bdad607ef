import { DEFAULT_SIZE_PT, type Look } from '@gemba/engine/report/look'
import { escaped } from './report-document.ts'

const FONT = 'Noto Sans SC'
const FIRST_OWN_FORMAT = 164
/** Codes that the format knows by number. */
const BUILT_IN = new Map([
  ['0', 1],
  ['0.00', 2],
  ['#,##0', 3],
  ['#,##0.00', 4],
  ['0%', 9],
  ['0.00%', 10],
  ['@', 49],
])

/** Most cell formats that a workbook holds; looks beyond keep only what the first ones have. */
const MOST_STYLES = 65_000

/** The style table of a workbook: each look with a number format is one entry, found again by identity. */
export class XlsxStyles {
  private readonly fonts = new Pool([fontXml({})])
  private readonly fills = new Pool([
    '<fill><patternFill patternType="none"/></fill>',
    '<fill><patternFill patternType="gray125"/></fill>',
  ])
  private readonly borders = new Pool(['<border><left/><right/><top/><bottom/><diagonal/></border>'])
  private readonly formats = new Map<string, number>()
  private readonly entries = new Pool(['<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'])
  private readonly known = new Map<Look, Map<string, number>>()

  /** Index of a look. `format` is the number format, `align` the side on which values of this kind stand by default. */
  of(look: Look, format: string, align: 'left' | 'right' | undefined): number {
    let own = this.known.get(look)
    if (own === undefined) {
      own = new Map()
      this.known.set(look, own)
    }
    const key = `${align ?? ''}|${format}`
    let index = own.get(key)
    if (index === undefined) {
      index = this.entries.size < MOST_STYLES ? this.entries.of(this.entryXml(look, format, align)) : 0
      own.set(key, index)
    }
    return index
  }

  xml(): string {
    const formats = [...this.formats].map(([code, id]) => `<numFmt numFmtId="${id}" formatCode="${escaped(code)}"/>`)
    const numFmts = formats.length === 0 ? '' : `<numFmts count="${formats.length}">${formats.join('')}</numFmts>`
    return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${numFmts}${this.fonts.xml('fonts')}${this.fills.xml('fills')}${this.borders.xml('borders')}<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>${this.entries.xml('cellXfs')}<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
  }

  private entryXml(look: Look, format: string, align: 'left' | 'right' | undefined): string {
    const font = this.fonts.of(fontXml(look))
    const fill =
      look.bg === undefined
        ? 0
        : this.fills.of(`<fill><patternFill patternType="solid"><fgColor rgb="${argb(look.bg)}"/></patternFill></fill>`)
    const border = look.border === undefined ? 0 : this.borders.of(borderXml(look.border))
    const protection = look.locked === false ? '<protection locked="0"/>' : ''
    return `<xf numFmtId="${this.formatId(format)}" fontId="${font}" fillId="${fill}" borderId="${border}" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"${protection === '' ? '' : ' applyProtection="1"'}>${alignmentXml(look, align)}${protection}</xf>`
  }

  private formatId(code: string): number {
    if (code === '') return 0
    const known = BUILT_IN.get(code) ?? this.formats.get(code)
    if (known !== undefined) return known
    const id = FIRST_OWN_FORMAT + this.formats.size
    this.formats.set(code, id)
    return id
  }
}

class Pool {
  private readonly indexes: Map<string, number>

  constructor(first: string[]) {
    this.indexes = new Map(first.map((xml, i) => [xml, i]))
  }

  get size(): number {
    return this.indexes.size
  }

  of(xml: string): number {
    const known = this.indexes.get(xml)
    if (known !== undefined) return known
    this.indexes.set(xml, this.indexes.size)
    return this.indexes.size - 1
  }

  xml(name: string): string {
    return `<${name} count="${this.indexes.size}">${[...this.indexes.keys()].join('')}</${name}>`
  }
}

/** `#RRGGBB` or `#RRGGBBAA` as alpha, red, green, blue. */
export const argb = (colour: string): string =>
  `${colour.length === 9 ? colour.slice(7) : 'FF'}${colour.slice(1, 7)}`.toUpperCase()

function fontXml(look: Look): string {
  const flags = [look.bold && '<b/>', look.italic && '<i/>', look.strike && '<strike/>', look.underline && '<u/>']
  const colour = look.fg === undefined ? '<color rgb="FF1B2026"/>' : `<color rgb="${argb(look.fg)}"/>`
  return `<font>${flags.filter(Boolean).join('')}<sz val="${look.size ?? DEFAULT_SIZE_PT}"/>${colour}<name val="${escaped(look.font ?? FONT)}"/><family val="2"/></font>`
}

function borderXml(border: NonNullable<Look['border']>): string {
  const sides = (['left', 'right', 'top', 'bottom'] as const).map((side) => {
    const line = border[side]
    if (line === undefined || line.style === 'none') return `<${side}/>`
    return `<${side} style="${line.style}"><color rgb="${argb(line.color ?? '#000000')}"/></${side}>`
  })
  return `<border>${sides.join('')}<diagonal/></border>`
}

function alignmentXml(look: Look, align: 'left' | 'right' | undefined): string {
  const vertical = look.valign === 'middle' || look.valign === undefined ? 'center' : look.valign
  const horizontal = look.align ?? align
  const parts = [
    horizontal === undefined ? '' : ` horizontal="${horizontal}"`,
    ` vertical="${vertical}"`,
    look.wrap === true ? ' wrapText="1"' : '',
    look.indent === undefined ? '' : ` indent="${look.indent}"`,
    look.rotate === undefined ? '' : ` textRotation="${look.rotate < 0 ? 90 - look.rotate : look.rotate}"`,
  ]
  return `<alignment${parts.join('')}/>`
}
