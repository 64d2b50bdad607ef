import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTemplate } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'

const directory = join(import.meta.dirname, 'report-cases')
const files = readdirSync(directory).filter((name) => name.endsWith('.json'))

describe('the template contract', () => {
  it.each(files)('takes the cells, sheet, dictionaries and datasets of %s as they are', (name) => {
    const { cells, sheet, dictionaries, datasets } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Record<string, unknown>
    const template = { formatVersion: 1, name, cells, ...(sheet ? { sheet } : {}), ...(dictionaries ? { dictionaries } : {}), ...(datasets ? { datasets } : {}) }
    expect(readTemplate(template)).toMatchObject({ ok: true })
  })

  it('says what is wrong with the address of the cell', () => {
    const reading = readTemplate({
      formatVersion: 1,
      name: 'x',
      cells: [
        { at: 'B2', value: { lit: 1 }, colour: 'red' },
        { at: 'C3', value: { field: 'nodot', as: 'list' } },
        { at: 'Z0', value: { lit: 1 } },
      ],
    })
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ cell: 'B2', path: 'cells[0]' }, { cell: 'C3', path: 'cells[1].value.field' }, { cell: 'Z0', path: 'cells[2].at' }],
    })
  })

  it('takes no template of the future', () => {
    expect(readTemplate({ formatVersion: 2, name: 'x', cells: [] })).toMatchObject({
      ok: false,
      problems: [{ path: 'formatVersion' }],
    })
  })
})
