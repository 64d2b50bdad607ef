import { describe, expect, it } from 'vitest'
import { nameOf } from './download.ts'

describe('the name of a downloaded file', () => {
  it('is the encoded one, without signs that a disk refuses', () => {
    expect(
      nameOf(`attachment; filename="report.xlsx"; filename*=UTF-8''%E7%94%9F%E4%BA%A7%2F%E6%97%A5%E6%8A%A5.xlsx`),
    ).toBe('生产_日报.xlsx')
    expect(nameOf('attachment; filename="daily.csv"')).toBe('daily.csv')
    expect(nameOf(null)).toBeNull()
  })
})
