import type { Paging } from '@gemba/contracts/template'

export type PaperPaging = Extract<Paging, { mode: 'paper' }>

const PAPER: Record<string, [width: number, height: number]> = {
  A3: [297, 420],
  A4: [210, 297],
  A5: [148, 210],
  Letter: [215.9, 279.4],
  Legal: [215.9, 355.6],
}

export interface PageBox {
  /** Millimetres. */
  width: number
  height: number
  margins: { top: number; right: number; bottom: number; left: number }
}

/** The sheet of paper, turned as asked for. */
export function pageBox(paging: PaperPaging): PageBox {
  const size = typeof paging.size === 'string' ? (PAPER[paging.size] as [number, number]) : paging.size
  const [short, long] = [Math.min(...size), Math.max(...size)]
  const [width, height] = paging.orientation === 'landscape' ? [long, short] : [short, long]
  return { width, height, margins: paging.margins ?? { top: 10, right: 10, bottom: 10, left: 10 } }
}

/** Printing without paging in the template: A4, standing, fitted to the width. */
export const DEFAULT_PAPER: PaperPaging = {
  mode: 'paper',
  size: 'A4',
  orientation: 'portrait',
  order: 'downThenOver',
  fitToWidth: true,
}
