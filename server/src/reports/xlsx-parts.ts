import { escaped, type ReportDocument } from './report-document.ts'
import { chartXml } from './xlsx-chart.ts'
import { DrawingXml, type Drawn } from './xlsx-drawing.ts'
import { pictureSize, type Picture, type Sides } from './xlsx-pictures.ts'
import type { Gathered } from './xlsx-sheet.ts'
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
  /** How many of them are begun. */
  private begun = 0
  private readonly drawings: { sheet: number; drawn: readonly Drawn[] }[] = []
  private readonly relations = new Map<number, string[]>()
  private readonly media = new Map<string, { target: string; size: Sides | undefined }>()
  private charts = 0

  constructor(zip: ZipWriter, document: ReportDocument) {
    this.zip = zip
    this.document = document
  }

  /** Names of all sheets that are known so far. */
  get names(): readonly string[] {
    return this.sheets
  }

  /** Names a sheet that is written later, after those that were named before. */
  name(name: string): void {
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
  }

  /** Begins the next sheet and gives the name of its part. */
  nextSheet(): string {
    this.begun += 1
    return `xl/worksheets/sheet${this.begun}.xml`
  }

  /** Ends the present sheet: its links, and its drawing if it has pictures or charts; those parts are written at the end. */
  drawing({ drawn, links }: Gathered): string {
    const sheet = this.begun
    const relations = links.targets().map(([id, address]) => externalRelation(id, address))
    if (drawn.length > 0) {
      this.drawings.push({ sheet, drawn })
      const target = `../drawings/drawing${this.drawings.length}.xml`
      relations.push(relation(1, { type: `${OFFICE}/drawing`, target }))
    }
    if (relations.length > 0) this.relations.set(sheet, relations)
    return drawn.length > 0 ? '<drawing r:id="rId1"/>' : ''
  }

  async finish(styles: string, titles: [first: number, last: number] | undefined): Promise<void> {
    const { zip, sheets } = this
    await this.writeDrawings()
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
    await zip.add('[Content_Types].xml', this.types())
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

  private async writeDrawings(): Promise<void> {
    for (const [sheet, relations] of this.relations)
      await this.zip.add(`xl/worksheets/_rels/sheet${sheet}.xml.rels`, relationsXml(relations))
    for (const [i, { drawn }] of this.drawings.entries()) {
      const drawing = new DrawingXml()
      const relations: string[] = []
      for (const [at, item] of drawn.entries()) relations.push(relation(at + 1, await this.draw(item, drawing)))
      await this.zip.add(`xl/drawings/drawing${i + 1}.xml`, drawing.xml())
      await this.zip.add(`xl/drawings/_rels/drawing${i + 1}.xml.rels`, relationsXml(relations))
    }
  }

  /** Adds an item to a drawing and writes the part that it shows; gives the relation to that part. */
  private async draw(item: Drawn, drawing: DrawingXml): Promise<{ type: string; target: string }> {
    if (item.kind === 'chart') {
      this.charts += 1
      await this.zip.add(`xl/charts/chart${this.charts}.xml`, chartXml(item.chart))
      drawing.addChart(item)
      return { type: `${OFFICE}/chart`, target: `../charts/chart${this.charts}.xml` }
    }
    const { target, size } = await this.mediaOf(item.picture)
    drawing.addPicture(item, item.picture, size)
    return { type: `${OFFICE}/image`, target }
  }

  private async mediaOf({ key, type, bytes }: Picture): Promise<{ target: string; size: Sides | undefined }> {
    const known = this.media.get(key)
    if (known !== undefined) return known
    const name = `image${this.media.size + 1}.${type}`
    const content = await bytes()
    await this.zip.add(`xl/media/${name}`, content)
    const media = { target: `../media/${name}`, size: pictureSize(content) }
    this.media.set(key, media)
    return media
  }

  private types(): string {
    const part = (name: string, type: string): string => `<Override PartName="${name}" ContentType="${type}"/>`
    const overrides = [
      part('/xl/workbook.xml', `${TYPE}.spreadsheetml.sheet.main+xml`),
      part('/xl/styles.xml', `${TYPE}.spreadsheetml.styles+xml`),
      part('/docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml'),
      ...this.sheets.map((_, i) => part(`/xl/worksheets/sheet${i + 1}.xml`, `${TYPE}.spreadsheetml.worksheet+xml`)),
      ...this.drawings.map((_, i) => part(`/xl/drawings/drawing${i + 1}.xml`, `${TYPE}.drawing+xml`)),
      ...Array.from({ length: this.charts }, (_, i) =>
        part(`/xl/charts/chart${i + 1}.xml`, `${TYPE}.drawingml.chart+xml`),
      ),
    ]
    return `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/>${overrides.join('')}</Types>`
  }
}

const relation = (id: number, { type, target }: { type: string; target: string }): string =>
  `<Relationship Id="rId${id}" Type="${type}" Target="${target}"/>`

const externalRelation = (id: string, address: string): string =>
  `<Relationship Id="${id}" Type="${OFFICE}/hyperlink" Target="${escaped(address)}" TargetMode="External"/>`

const relationsXml = (relations: readonly string[]): string =>
  `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}</Relationships>`
