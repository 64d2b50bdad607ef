import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'gemba-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = join(import.meta.dirname, 'report-main.ts')

interface Outcome {
  code: number | null
  output: string
}

function gemba(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder })
    let output = ''
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr.on('data', (data: Buffer) => (output += data.toString()))
    child.on('close', (code) => resolve({ code, output }))
  })
}

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const list = {
  formatVersion: 1,
  name: '清单',
  cells: [
    { at: 'A1', value: { field: 'd.item', as: 'list' }, expand: 'down' },
    { at: 'B1', value: { field: 'd.qty', as: 'list' } },
    { at: 'A2', value: { lit: '合计' } },
    { at: 'B2', value: { expr: 'SUM(B1)' } },
  ],
}

const gridOf = (path: string): unknown => (JSON.parse(readFileSync(path, 'utf8')) as { grid: unknown }).grid

describe('gemba report render', { timeout: 120_000 }, () => {
  it('takes rows from JSON, CSV and a workbook it wrote itself, without a server', async () => {
    const template = file('list.json', list)
    const expected = [
      ['笔', 3],
      ['本', 9007199254740993],
      ['合计', 9007199254740996],
    ]
    const rows = file('rows.json', '[{"item":"笔","qty":3},{"item":"本","qty":9007199254740993}]')
    const csv = file('rows.csv', '\ufeffitem,qty\r\n笔,3\r\n"本",9007199254740993\r\n')
    for (const data of [rows, csv]) {
      const { code, output } = await gemba(
        'render',
        template,
        '--data',
        `d=${data}`,
        '--format',
        'json',
        '--out',
        'a.json',
      )
      expect({ code, output }).toEqual({ code: 0, output: '' })
      expect(gridOf(join(folder, 'a.json'))).toEqual(expected)
    }
    const head = {
      ...list,
      cells: [
        { at: 'A1', value: { lit: 'item' } },
        { at: 'B1', value: { lit: 'qty' } },
        { at: 'A2', value: { lit: '笔' } },
        { at: 'B2', value: { lit: 3 } },
      ],
    }
    await gemba('render', file('head.json', head), '--out', 'rows.xlsx')
    await gemba('render', template, '--data', `d=${join(folder, 'rows.xlsx')}`, '--out', 'b.json')
    expect(gridOf(join(folder, 'b.json'))).toEqual([
      ['笔', 3],
      ['合计', 3],
    ])
  })

  it('shows a failing expression in its cell and renders the rest', async () => {
    const template = file('bad.json', {
      formatVersion: 1,
      name: 'x',
      cells: [
        { at: 'A1', value: { expr: '1/0' } },
        { at: 'B1', value: { expr: 'NOPE(1)' } },
        { at: 'C1', value: { expr: 'D1' } },
        { at: 'D1', value: { expr: 'C1' } },
        { at: 'E1', value: { expr: '1+' } },
        { at: 'F1', value: { expr: '40+2' } },
      ],
    })
    const { code } = await gemba('render', template, '--out', 'c.json')
    expect(code).toBe(0)
    expect(gridOf(join(folder, 'c.json'))).toEqual([['#DIV/0!', '#NAME?', '#CYCLE!', '#CYCLE!', '#NAME?', 42]])
  })

  it.each([
    ['an unknown field', { cells: [{ at: 'B7', value: { lit: 1, colour: 'red' } }] }, /B7/],
    [
      'parents in a cycle',
      {
        cells: [
          { at: 'A1', value: { field: 'd.a', as: 'list' }, expand: 'down', left: 'B1' },
          { at: 'B1', value: { field: 'd.b', as: 'list' }, expand: 'down', left: 'A1' },
        ],
        datasets: { d: [{ a: 1, b: 1 }] },
      },
      /A1/,
    ],
    [
      'overlapping cells',
      {
        cells: [
          { at: 'A1', span: [2, 2], value: { lit: 1 } },
          { at: 'B2', value: { lit: 2 } },
        ],
      },
      /A1, B2/,
    ],
    [
      'a bomb of 10^9 cells',
      {
        cells: [
          { at: 'A2', value: { expr: 'SEQUENCE(100000)' }, expand: 'down' },
          { at: 'B1', value: { expr: 'SEQUENCE(10000)' }, expand: 'right' },
          { at: 'B2', value: { lit: 1 } },
        ],
      },
      /5,000,000|20,000,000/,
    ],
    [
      'a cell outside of the sheet',
      {
        cells: [
          { at: 'AAA1', span: [1, 1000], value: { lit: 1 } },
          { at: 'ZZZ999999', value: { lit: 1 } },
        ],
      },
      /ZZZ999999/,
    ],
  ])('refuses %s before anything is written, naming cell or limit', async (_, rest, words) => {
    const template = file('refused.json', { formatVersion: 1, name: 'x', ...rest })
    const { code, output } = await gemba('render', template, '--out', 'refused.xlsx')
    expect(code).toBe(1)
    expect(output).toMatch(words)
    expect(readdirSync(folder).filter((name) => name.startsWith('refused.xlsx'))).toEqual([])
  })

  it('finds sub-reports beside the template or by name, with their rows', async () => {
    const part = {
      formatVersion: 1,
      name: '单机',
      parameters: [{ name: 'unit', required: true }],
      datasets: { d: { kind: 'fact', fact: 'stop' } },
      cells: [
        { at: 'A1', value: { field: 'd.reason', as: 'list', where: 'row.unit = param.unit' }, expand: 'down' },
        { at: 'B1', value: { field: 'd.minutes', as: 'list' } },
      ],
    }
    const whole = (sub: string) => ({
      formatVersion: 1,
      name: '班报',
      datasets: { u: [{ unit: 'IM01' }, { unit: 'IM02' }] },
      cells: [
        { at: 'A1', value: { field: 'u.unit', as: 'list' }, expand: 'down' },
        { at: 'B1', span: [1, 2], value: { sub: { template: sub, mode: 'inline', params: { unit: 'A1' } } } },
      ],
    })
    file('part.json', part)
    const other = file('elsewhere.txt', part)
    const rows = file('stops.json', [
      { unit: 'IM01', reason: '换模', minutes: 12 },
      { unit: 'IM01', reason: '缺料', minutes: 3 },
      { unit: 'IM02', reason: '故障', minutes: 40 },
    ])
    const expected = [
      ['IM01', '换模', 12],
      [null, '缺料', 3],
      ['IM02', '故障', 40],
    ]
    const beside = await gemba(
      'render',
      file('whole.json', whole('part')),
      '--data',
      `part.d=${rows}`,
      '--out',
      's.json',
    )
    expect(beside).toEqual({ code: 0, output: '' })
    expect(gridOf(join(folder, 's.json'))).toEqual(expected)
    const named = ['--sub', `stops=${other}`, '--data', `stops.d=${rows}`, '--out', 't.json']
    expect(await gemba('render', file('named.json', whole('stops')), ...named)).toEqual({ code: 0, output: '' })
    expect(gridOf(join(folder, 't.json'))).toEqual(expected)
    const { code } = await gemba('render', file('lost.json', whole('nothing')), '--out', 'u.json')
    expect(code).toBe(0)
    expect(gridOf(join(folder, 'u.json'))).toEqual([
      ['IM01', '#SUB!', null],
      ['IM02', '#SUB!', null],
    ])
    const self = file('self.json', whole('self'))
    expect((await gemba('render', self, '--out', 'v.json')).output).toMatch(/B1: .*self → self/)
  })

  it('says how it is used when it is used wrongly', async () => {
    for (const args of [
      [],
      ['render'],
      ['render', 'x.json', '--out', 'x.doc'],
      ['render', 'x.json', '--format', 'json', '--out', 'x', '--data', 'novalue'],
      ['--what'],
    ]) {
      const { code, output } = await gemba(...args)
      expect({ code, usage: output.includes('Usage:') }).toEqual({ code: 2, usage: true })
    }
  })
})
