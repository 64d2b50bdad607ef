import { PDFArray, PDFDict, PDFDocument, PDFName, PDFRef, type PDFPage } from 'pdf-lib'
import { placeName } from './cell-links.ts'
import type { Print } from './print-places.ts'
import type { ReportDocument } from './report-document.ts'

/** Prints as one document; links lead to their places across all of them, and nowhere where there is none. */
export async function joined(document: ReportDocument, prints: readonly Print[]): Promise<Uint8Array> {
  const whole = await PDFDocument.create({ updateMetadata: false })
  whole.setTitle(document.name)
  whole.setLanguage(document.locale)
  const places = whole.context.obj({})
  for (const print of prints) {
    const part = await PDFDocument.load(print.bytes, { updateMetadata: false })
    const pages = await whole.copyPages(part, part.getPageIndices())
    for (const page of pages) whole.addPage(page)
    addPlaces(places, { part, own: print.places, pages })
  }
  if (places.keys().length > 0) whole.catalog.set(PDFName.of('Dests'), whole.context.register(places))
  for (const page of whole.getPages()) dropDeadLinks(page, places)
  return whole.save()
}

/** Where the places of a print are now that its pages are pages of the whole. */
function addPlaces(
  places: PDFDict,
  { part, own, pages }: { part: PDFDocument; own: Print['places']; pages: readonly PDFPage[] },
): void {
  const known = part.catalog.lookupMaybe(PDFName.of('Dests'), PDFDict)
  const numbers = new Map(part.getPages().map(({ ref }, i) => [ref.tag, i]))
  for (const place of own) {
    const name = PDFName.of(placeName(place))
    const target = known?.lookupMaybe(name, PDFArray)
    const page = target?.get(0)
    const here = page instanceof PDFRef ? pages[numbers.get(page.tag) ?? -1] : undefined
    if (target === undefined || here === undefined) continue
    places.set(name, places.context.obj([here.ref, ...target.asArray().slice(1)]))
  }
}

/** Links to places that no print has; others lead outside or to a place that is there. */
function dropDeadLinks({ node }: PDFPage, places: PDFDict): void {
  const all = node.Annots()
  for (let at = (all?.size() ?? 0) - 1; at >= 0; at -= 1) {
    const target = all?.lookupMaybe(at, PDFDict)?.get(PDFName.of('Dest'))
    if (target instanceof PDFName && !places.has(target)) all?.remove(at)
  }
}
