import { describe, expect, it } from 'vitest'
import { neighbourOf, placeOf } from './cell-moves.ts'

const CELLS = ['A1', 'A3', 'B3', 'D3', 'A4', 'C4', 'D4', 'AA4']

describe('moving between the cells of a page', () => {
  it('reads addresses with several letters', () => {
    expect(placeOf('AA4')).toEqual({ column: 27, row: 4 })
    expect(placeOf('4A')).toBeNull()
  })

  it('stays in the row when it goes sideways, over empty places', () => {
    expect(neighbourOf(CELLS, 'B3', 'right')).toBe('D3')
    expect(neighbourOf(CELLS, 'A3', 'left')).toBeNull()
  })

  it('takes the nearest row up and down and there the nearest column', () => {
    expect(neighbourOf(CELLS, 'B3', 'down')).toBe('A4')
    expect(neighbourOf(CELLS, 'D3', 'up')).toBe('A1')
    expect(neighbourOf(CELLS, 'AA4', 'up')).toBe('D3')
    expect(neighbourOf(CELLS, 'C4', 'down')).toBeNull()
  })

  it('goes through the cells of a box on its way down', () => {
    const cells = ['A1', 'B1.A1', 'B1.B1', 'B1.A2', 'A2']
    expect(neighbourOf(cells, 'B1.A1', 'right')).toBe('B1.B1')
    expect(neighbourOf(cells, 'B1.B1', 'down')).toBe('B1.A2')
    expect(neighbourOf(cells, 'B1.A2', 'down')).toBe('A2')
    expect(placeOf('B1.')).toBeNull()
  })
})
