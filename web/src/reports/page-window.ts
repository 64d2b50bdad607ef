/** Where pages lie in one column under each other, px; all pages of a run have one size. */
export interface PageColumn {
  count: number
  pageHeight: number
  gap: number
}

/** What is seen of the column, px. */
export interface View {
  top: number
  height: number
}

export const topOf = (column: PageColumn, page: number): number =>
  column.gap + (page - 1) * (column.pageHeight + column.gap)

export const heightOf = (column: PageColumn): number => column.gap + column.count * (column.pageHeight + column.gap)

/** The page, from 1, that holds the point a third down the view: what a reader calls "the page I am on". */
export function pageAt(column: PageColumn, view: View): number {
  const step = column.pageHeight + column.gap
  const page = Math.floor((view.top + view.height / 3 - column.gap / 2) / step) + 1
  return Math.min(Math.max(1, page), Math.max(1, column.count))
}

/** Pages that are seen, and `around` more on each side so that scrolling meets no blank page. */
export function pagesNear(column: PageColumn, view: View, around = 1): number[] {
  const step = column.pageHeight + column.gap
  const first = Math.max(1, Math.floor((view.top - column.gap) / step) + 1 - around)
  const last = Math.min(column.count, Math.floor((view.top + view.height) / step) + 1 + around)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}
