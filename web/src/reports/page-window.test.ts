import { describe, expect, it } from 'vitest'
import { heightOf, pageAt, pagesNear, topOf } from './page-window.ts'

const column = { count: 500, pageHeight: 1000, gap: 16 }

describe('pages near the viewport', () => {
  it('are those seen and one on each side, however many there are', () => {
    expect(pagesNear(column, { top: 0, height: 900 })).toEqual([1, 2])
    expect(pagesNear(column, { top: topOf(column, 250), height: 900 })).toEqual([249, 250, 251])
    expect(pagesNear(column, { top: heightOf(column) - 900, height: 900 })).toEqual([499, 500])
  })

  it('name the page a reader is on, also at both ends', () => {
    expect(pageAt(column, { top: 0, height: 900 })).toBe(1)
    expect(pageAt(column, { top: topOf(column, 7) - 10, height: 900 })).toBe(7)
    expect(pageAt(column, { top: heightOf(column), height: 900 })).toBe(500)
    expect(pageAt({ ...column, count: 0 }, { top: 0, height: 900 })).toBe(1)
  })
})
