import type { ReportLocale } from '@gemba/contracts/report'

const MM_PER_INCH = 25.4
const PX_PER_INCH = 96

export const pxOf = (mm: number): number => (mm * PX_PER_INCH) / MM_PER_INCH

/** Marks that the viewer sets on cells of a page. */
export const MARKS = { chosen: 'g-chosen', hit: 'g-hit', here: 'g-here' } as const

/** Paper is white in both themes: what is read here is what is printed. */
const VIEWER_CSS = `html,body{margin:0!important;padding:0!important;background:#fff!important;overflow:hidden}
.page{margin:0!important;box-shadow:none!important}
[data-cell]{cursor:pointer}
td.n[data-cell]:hover{background-image:linear-gradient(#0b5cad14,#0b5cad14)}
[data-cell]:focus{outline:2px solid #0b5cad;outline-offset:-2px}
.${MARKS.chosen}{outline:2px solid #0b5cad!important;outline-offset:-2px;border-radius:3px}
.${MARKS.hit}{background:#fff0a8!important}
.${MARKS.here}{background:#ffc94d!important}
td a{text-decoration:underline dotted;text-underline-offset:2px}
.g-frozen{position:absolute;z-index:2;background:#fff;box-shadow:0 2px 4px #1420292e}`

/**
 * A page as a document of its own. It is shown in a frame without scripts, and its policy forbids to load or run
 * anything beside styles, pictures that lie in it and the faces of `fontOrigin`: texts of users never become active.
 */
export function pageDocument(page: {
  html: string
  css: string
  locale: ReportLocale
  fontFaces: string
  fontOrigin: string
}): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src ${page.fontOrigin} data:`
  return (
    `<!doctype html><html lang="${page.locale}"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<style>${styleText(page.fontFaces)}\n${styleText(page.css)}\n${VIEWER_CSS}</style></head><body>${page.html}</body></html>`
  )
}

/** All pages one after the other, for the printer. The rules of the report break them. */
export function printDocument(pages: { html: string; css: string; title: string; fontFaces: string }): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src 'self' data:"
  const title = pages.title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return (
    `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<title>${title}</title><style>${styleText(pages.fontFaces)}\n${styleText(pages.css)}</style></head><body>${pages.html}</body></html>`
  )
}

/** Rules of style cannot end their element. */
const styleText = (css: string): string => css.replaceAll(/<\/style/gi, '<\\/style')

let known: string | null = null

/** The faces of the application as rules with full addresses: a frame has none of its own. */
export function fontFacesOf(sheets: Iterable<CSSStyleSheet>): string {
  if (known !== null) return known
  const rules: string[] = []
  for (const sheet of sheets) {
    const base = sheet.href ?? location.href
    for (const rule of rulesOf(sheet)) {
      if (!(rule instanceof CSSFontFaceRule)) continue
      rules.push(
        rule.cssText.replaceAll(/url\("?([^")]+)"?\)/g, (_whole, url: string) => `url("${new URL(url, base).href}")`),
      )
    }
  }
  known = rules.join('\n')
  return known
}

function rulesOf(sheet: CSSStyleSheet): Iterable<CSSRule> {
  try {
    return sheet.cssRules
  } catch {
    return []
  }
}
