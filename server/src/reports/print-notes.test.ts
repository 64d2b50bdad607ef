import { describe, expect, it } from 'vitest'
import { printNotes } from './print-notes.ts'

const paper = { width: 210, margins: { top: 16, right: 12, left: 12 } }
const said = (texts: string[], locale: 'zh-CN' | 'en' = 'zh-CN') => printNotes(texts, { paper, locale })

describe('notes of a print', () => {
  it('take no room where there are none', () => {
    expect(said([])).toEqual({ line: '', page: '' })
  })

  it('of one short sentence stand above the first page, and nowhere else', () => {
    const { line, page } = said(['显示 20 / 18,760 行'])
    expect(line).toContain('<span>显示 20 / 18,760 行</span></div>')
    expect(page).toBe('')
  })

  it('of several, or of a long sentence, stand in full on a page at the end, and the line says so', () => {
    const two = said(['显示 20 / 18,760 行', '直通率：1 个数字在首次公布后被重述'])
    expect(two.line).toContain('<b>另有 1 条说明，见末页</b>')
    expect(two.page).toContain('<li>显示 20 / 18,760 行</li><li>直通率：1 个数字在首次公布后被重述</li>')
    const long = said(['a long sentence that goes on and on '.repeat(5)], 'en')
    expect(long.line).toContain('<b>in full on the last page</b>')
    expect(long.page).toContain('<h2>Notes</h2>')
    expect(said(['a', 'b', 'c'], 'en').line).toContain('2 more notes on the last page')
  })

  it('are text, whatever they say', () => {
    const { line, page } = said(['<img src=x onerror=alert(1)>', '</li><script>'])
    expect(line + page).not.toMatch(/<img|<script/)
  })
})
