import { describe, expect, it } from 'vitest'
import { offered } from './offered.ts'

const person = (key: string, name: string) => ({ key, name, note: key })
const crowd = Array.from({ length: 5_000 }, (_, index) => person(`user-${index}`, `员工 ${index}`))

describe('who is offered while one types', () => {
  it('begins a word of name or account with the text, before it only holds it', () => {
    const list = [person('w', 'Olivia'), person('x-li', '赵丽'), person('li.na', '李娜')]
    expect(offered(list, 'LI').map(({ key }) => key)).toEqual(['x-li', 'li.na', 'w'])
  })

  it('is a few of thousands, the first ones while nothing is typed', () => {
    expect(offered(crowd, '')).toHaveLength(12)
    expect(offered(crowd, ' 4999 ').map(({ key }) => key)).toEqual(['user-4999'])
  })

  it('is who has the number before who only has its digits', () =>
    expect(offered(crowd, '499')[0]?.key).toBe('user-499'))

  it('is nobody when nothing fits', () => expect(offered(crowd, 'nobody')).toEqual([]))
})
