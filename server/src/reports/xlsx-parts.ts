import { escaped, type ReportDocument } from './report-document.ts'
import { chartXml } from './xlsx-chart.ts'
import { drawingXml } from './xlsx-drawing.ts'
import type { Drawn } from './xlsx-sheet.ts'
import type { ZipWriter } from './zip-writer.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

/** Everything in a workbook beside its rows: parts, their types and their relations. */
export class XlsxParts {
  private readonly zip: ZipWriter
  private readonly document: ReportDocument
  private readonly sheets: string[] = []
  private readonly drawings: { sheet: number; drawn: readonly Drawn[] }[] = []

  constructor(zip: ZipWriter, document: ReportDocument) {
    this.zip = zip
    this.document = document
  }

  /** Begins a sheet and gives the name of its part. */
  nextSheet(name: string): string {
    const clean = (
      name
        .replaceAll(/[[\]:*?/\\\p{Cc}]/gu, ' ')
        .replaceAll(/^'+|'+$/g, '')
        .trim() || 'Sheet'
    ).slice(0, 31)
    let unique = clean
    for (let n = 2; this.sheets.some((other) => other.toLowerCase() === unique.toLowerCase()); n += 1) {
      unique = `${clean.slice(0, 27)} ${n}`
    }
    this.sheets.push(unique)
    return `xl/worksheets/sheet${this.sheets.length}.xml`
  }

  /** The drawing of the present sheet, if it has pictures or charts; the part itself is written at the end. */
  drawing(drawn: readonly Drawn[]): string {
    if (drawn.length === 0) return ''
    this.drawings.push({ sheet: this.sheets.length, drawn })
    return '<drawing r:id="rId1"/>'
  }

  async finish(styles: string, titles: [first: number, last: number] | undefined): Promise<void> {
    const { zip, sheets } = this
    const charts = await this.writeDrawings()
    await zip.add('xl/styles.xml', styles)
    await zip.add('xl/workbook.xml', this.workbook(titles))
    const relations = sheets.map((_, i) =>
      relation(i + 1, { type: `${OFFICE}/worksheet`, target: `worksheets/sheet${i + 1}.xml` }),
    )
    const style = relation(sheets.length + 1, { type: `${OFFICE}/styles`, target: 'styles.xml' })
    await zip.add('xl/_rels/workbook.xml.rels', relationsXml([...relations, style]))
    await zip.add('docProps/core.xml', this.properties())
    await zip.add(
      '_rels/.rels',
      relationsXml([
        relation(1, { type: `${OFFICE}/officeDocument`, target: 'xl/workbook.xml' }),
        relation(2, { type: `${PACKAGE}/relationships/metadata/core-properties`, target: 'docProps/core.xml' }),
      ]),
    )
    await zip.add('[Content_Types].xml', this.types(charts))
  }

  private workbook(titles: [number, number] | undefined): string {
    const list = this.sheets.map((name, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
    const first = (this.sheets[0] ?? '').replaceAll("'", "''")
    const names =
      titles === undefined
        ? ''
        : `<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">${escaped(`'${first}'!$${titles[0]}:$${titles[1]}`)}</definedName></definedNames>`
    return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><workbookPr date1904="0"/><sheets>${list.join('')}</sheets>${names}<calcPr calcId="191029"/></workbook>`
  }

  private properties(): string {
    return `${HEAD}<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${escaped(this.document.name)}</dc:title><dc:language>${this.document.locale}</dc:language></cp:coreProperties>`
  }

  /** Writes drawings with their charts and pictures; gives the number of charts. */
  private async writeDrawings(): Promise<number> {
    let charts = 0
    let media = 0
    for (const [i, { sheet, drawn }] of this.drawings.entries()) {
      const number = i + 1
      await this.zip.add(`xl/drawings/drawing${number}.xml`, drawingXml(drawn))
      const own = relation(1, { type: `${OFFICE}/drawing`, target: `../drawings/drawing${number}.xml` })
      await this.zip.add(`xl/worksheets/_rels/sheet${sheet}.xml.rels`, relationsXml([own]))
      const relations: string[] = []
      for (const [at, item] of drawn.entries()) {
        if (item.kind === 'chart') {
          charts += 1
          await this.zip.add(`xl/charts/chart${charts}.xml`, chartXml(item.chart))
          relations.push(relation(at + 1, { type: `${OFFICE}/chart`, target: `../charts/chart${charts}.xml` }))
        } else {
          media += 1
          await this.zip.add(`xl/media/image${media}.${item.type}`, item.bytes)
          relations.push(relation(at + 1, { type: `${OFFICE}/image`, target: `../media/image${media}.${item.type}` }))
        }
      }
      await this.zip.add(`xl/drawings/_rels/drawing${number}.xml.rels`, relationsXml(relations))
    }
    return charts
  }

  private types(charts: number): string {
    const part = (name: string, type: string): string => `<Override PartName="${name}" ContentType="${type}"/>`
    const overrides = [
      part('/xl/workbook.xml', `${TYPE}.spreadsheetml.sheet.main+xml`),
      part('/xl/styles.xml', `${TYPE}.spreadsheetml.styles+xml`),
      part('/docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml'),
      ...this.sheets.map((_, i) => part(`/xl/worksheets/sheet${i + 1}.xml`, `${TYPE}.spreadsheetml.worksheet+xml`)),
      ...this.drawings.map((_, i) => part(`/xl/drawings/drawing${i + 1}.xml`, `${TYPE}.drawing+xml`)),
      ...Array.from({ length: charts }, (_, i) => part(`/xl/charts/chart${i + 1}.xml`, `${TYPE}.drawingml.chart+xml`)),
    ]
    return `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/>${overrides.join('')}</Types>`
  }
}

const relation = (id: number, { type, target }: { type: string; target: string }): string =>
  `<Relationship Id="rId${id}" Type="${type}" Target="${target}"/>`

const relationsXml = (relations: readonly string[]): string =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}</Relationships>`
