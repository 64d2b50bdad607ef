import type { CellStyle } from '@gemba/contracts/template'
import { DEFAULT_SIZE_PT, type Look } from '@gemba/engine/report/look'

/** Faces of a printed report; the first one is the bundled one. */
export const FONT_STACK = `"Noto Sans SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif`

const LINES: Record<string, string> = {
  thin: '0.2mm solid',
  medium: '0.35mm solid',
  thick: '0.6mm solid',
  dashed: '0.2mm dashed',
  dotted: '0.25mm dotted',
  double: '0.7mm double',
  hair: '0.1mm solid',
}

/** What the cells of a look share, as CSS declarations. Values come from checked templates; names are stripped. */
export function lookCss(look: Look): string {
  const css: string[] = []
  if (look.fg !== undefined) css.push(`color:${look.fg}`)
  if (look.bg !== undefined) css.push(`background:${look.bg}`)
  if (look.bold === true) css.push('font-weight:700')
  if (look.italic === true) css.push('font-style:italic')
  const lines = [look.underline === true ? 'underline' : '', look.strike === true ? 'line-through' : ''].filter(Boolean)
  if (lines.length > 0) css.push(`text-decoration:${lines.join(' ')}`)
  if (look.font !== undefined) css.push(`font-family:"${look.font.replaceAll(/[^\p{L}\p{N} -]/gu, '')}",${FONT_STACK}`)
  if (look.size !== undefined) css.push(`font-size:${look.size}pt`)
  if (look.align !== undefined) css.push(`text-align:${look.align}`)
  if (look.valign !== undefined) css.push(`vertical-align:${look.valign}`)
  if (look.valign === 'top') css.push('padding-top:0.9mm')
  if (look.wrap === true) css.push('white-space:pre-wrap', 'overflow-wrap:anywhere')
  if (look.indent !== undefined && look.indent > 0) {
    css.push(`padding-${look.align === 'right' ? 'right' : 'left'}:${1 + look.indent * 2.5}mm`)
  }
  return [...css, ...borderCss(look.border)].join(';')
}

function borderCss(border: CellStyle['border']): string[] {
  return (['top', 'right', 'bottom', 'left'] as const).flatMap((side) => {
    const line = border?.[side]
    if (line === undefined || line.style === 'none') return []
    return [`border-${side}:${LINES[line.style] as string} ${line.color ?? '#000000'}`]
  })
}

/** Rules that hold for every report. Lengths are millimetres, letters points, as on paper. */
export function baseCss({ width, height }: { width: number; height: number }, fontFaces: string): string {
  return `${fontFaces}@page{size:${width}mm ${height}mm;margin:0}
*{box-sizing:border-box}html{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{margin:0;font:${DEFAULT_SIZE_PT}pt/1.38 ${FONT_STACK};color:#1b2026;font-variant-numeric:tabular-nums}
.page{position:relative;width:${width}mm;height:${height}mm;overflow:hidden;background:#fff;break-after:page;contain:strict}
.page:last-child{break-after:auto}
.sheet{position:absolute;transform-origin:0 0}
.band{position:absolute;display:grid;grid-template-columns:1fr auto 1fr;gap:4mm;font-size:7.5pt;line-height:1.45;color:#56606b;white-space:pre-line}
.band>:nth-child(2){text-align:center}.band>:nth-child(3){text-align:right}
.head{align-items:end;padding-bottom:1.5mm}.foot{align-items:start;padding-top:1.5mm;border-top:0.2mm solid #8b95a1}
table{border-collapse:collapse;table-layout:fixed}
td{padding:0 1mm;overflow:hidden;white-space:pre;text-overflow:ellipsis;vertical-align:middle;unicode-bidi:plaintext;text-align:left}
td.n{text-align:right;text-overflow:clip}td.m{padding:0;line-height:0;text-align:center}td.m>*{display:block;width:100%;height:100%}td.m .p{display:block;width:100%;height:100%}
td.b{padding:0;vertical-align:top}.boxed{overflow:hidden;font-size:${DEFAULT_SIZE_PT}pt}.boxed>div{transform-origin:0 0}
td a{color:inherit}
.bar{height:3.2mm;margin-bottom:-3.2mm;opacity:.35}
.line-note{position:absolute;top:2mm;display:flex;gap:3mm;font-size:7.5pt;line-height:1.3;padding:.6mm 2mm;background:#fff4d6;color:#5c4300;border-left:1mm solid #c99700}
.line-note span{flex:1;min-width:0;overflow:hidden;white-space:nowrap;text-overflow:ellipsis}.line-note b{font-weight:500}
.notes{position:absolute}.notes h2{margin:0 0 3mm;font-size:12pt}.notes ol{margin:0;padding-left:6mm}.notes li{margin:0 0 1.5mm;overflow-wrap:anywhere}
.note{padding:2mm 3mm;margin:0 0 2mm;background:#fff4d6;color:#5c4300;border-left:1mm solid #c99700}
@media screen{body{background:#e7eaee;padding:6mm 0}.page{margin:0 auto 6mm;box-shadow:0 1px 6px #0003}.page.flow{height:auto;contain:none;overflow:visible;padding:10mm;width:max-content;min-width:${width}mm}.flow .sheet{position:static}}
@media print{.page.flow{height:auto;contain:none}.flow .sheet{position:static}}`
}
