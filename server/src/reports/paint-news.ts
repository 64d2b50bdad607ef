/** How far a file is: pages printed or rows written, `of` so many; null where they are not counted before. */
export interface PaintNews {
  unit: 'pages' | 'rows'
  done: number
  of: number | null
}

export type ToldPaint = (news: PaintNews) => void
