import type { Locale } from '@gemba/engine/report/words'

/** How much each kind of file holds. What is left out is said in the file itself and to the caller. */
export const PAINT_LIMITS = {
  /** A browser freezes on more. */
  htmlCells: 300_000,
  /** About an hour of printing. */
  pdfPages: 3_000,
  /** A picture is looked at in a letter or a chat; more pages are a document. */
  picturePages: 5,
  /** What a browser paints in one piece, in each direction. */
  picturePixels: 16_000,
  /** Of the file format. */
  sheetRows: 1_048_576,
  sheetColumns: 16_384,
  cellText: 32_767,
  rowBreaks: 1_026,
  links: 65_530,
  linkLength: 2_079,
} as const

/** Something that the file does not hold as it stands in the report, in words for its reader. */
export interface PaintNote {
  key:
    | 'notice'
    | 'rowsCut'
    | 'pagesCut'
    | 'picturesCut'
    | 'textCut'
    | 'breaksDropped'
    | 'columnsCut'
    | 'linksDropped'
    | 'placesAbsent'
    | 'boxesAsText'
    | 'sheetsSplit'
    | 'formula'
  text: string
}

const words: Record<PaintNote['key'], readonly [string, string]> = {
  notice: ['{text}', '{text}'],
  rowsCut: [
    '显示 {shown} / {total} 行；其余请用 Excel 或 CSV 导出',
    'Showing {shown} of {total} rows; export to Excel or CSV for all',
  ],
  pagesCut: [
    '显示 {shown} / {total} 页；其余请用 Excel 或 CSV 导出',
    'Showing {shown} of {total} pages; export to Excel or CSV for all',
  ],
  picturesCut: [
    '图片显示前 {shown} 页，共 {total} 页；其余请看 PDF',
    'The picture shows the first {shown} of {total} pages; the PDF has all',
  ],
  textCut: [
    '{count} 个单元格的文字超过 Excel 的 32,767 个字符，已截断',
    'The text of {count} cells was cut at the 32,767 characters of Excel',
  ],
  breaksDropped: [
    '分页符 {count} 个，超过 Excel 的 1,026 个，未写入',
    '{count} page breaks are more than the 1,026 of Excel and were left out',
  ],
  columnsCut: [
    '显示 {shown} / {total} 列，为 Excel 的上限',
    'Showing {shown} of {total} columns, the most that Excel holds',
  ],
  boxesAsText: [
    '{count} 个子报表的格子比框内的行列多，写为一格文字；版式请看 PDF',
    '{count} sub-reports have more rows or columns than their box and stand as text in one cell; the PDF shows them as laid out',
  ],
  linksDropped: ['Excel 存不下的 {count} 个链接未写入', '{count} links that Excel cannot hold were left out'],
  placesAbsent: [
    '{count} 个链接指向的单元格不在文件中，未写入',
    '{count} links to cells that are not in the file were left out',
  ],
  sheetsSplit: [
    '共 {total} 行，分在 {count} 张工作表；公式写为数值',
    '{total} rows on {count} sheets; formulas are written as values',
  ],
  formula: ['{cell}：{count} 个公式写为数值（{why}）', '{cell}: {count} formulas are written as values ({why})'],
}

/** A note in the language of the report. Numbers are written with thousands separators. */
export function paintNote(key: PaintNote['key'], locale: Locale, facts: Record<string, string | number>): PaintNote {
  const text = words[key][locale === 'zh-CN' ? 0 : 1].replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const fact = facts[name]
    return typeof fact === 'number' ? new Intl.NumberFormat('en').format(fact) : (fact ?? whole)
  })
  return { key, text }
}
