import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { equipmentTimeParts } from '@gemba/contracts/kpi'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS, rendererFor } from './migrations.ts'
import { EQUIPMENT_PART_COLUMNS, ROLL_UPS, TABLES, tableNamed } from './table-model.ts'

const golden = (name: string) => fileURLToPath(new URL(`./golden/${name}.sql`, import.meta.url))

/** Compares with the golden file; writes it only when asked to by UPDATE_GOLDEN=1. */
function expectGolden(name: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden(name), text)
  expect(existsSync(golden(name)), `${name}.sql is missing: run with UPDATE_GOLDEN=1`).toBe(true)
  expect(text).toBe(readFileSync(golden(name), 'utf8'))
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

describe('the schema of the warehouse', () => {
  for (const migration of MIGRATIONS) {
    const name = `${String(migration.number).padStart(3, '0')}-${migration.name}`
    for (const [kind, cluster] of [
      ['embedded', undefined],
      ['cluster', 'gemba'],
    ] as const) {
      it(`writes migration ${name} for ${kind} as it landed`, () => {
        const ddl = rendererFor('gemba', cluster)
        expectGolden(`${name}.${kind}`, `${migration.statements(ddl).join(';\n\n')};\n`)
      })
    }
  }

  it('numbers its migrations from 1 without holes', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1))
  })

  it('makes every table of the model in exactly one migration', () => {
    const made = MIGRATIONS.flatMap(({ statements }) => statements(rendererFor('gemba', undefined)))
      .map((statement) => /^CREATE TABLE IF NOT EXISTS gemba\.(\w+)/.exec(statement)?.[1])
      .filter((name) => name !== undefined)
    expect(made.sort()).toEqual([...TABLES, ...ROLL_UPS].map(({ name }) => name).sort())
  })

  it('has a column for every part of equipment time', () => {
    const names = EQUIPMENT_PART_COLUMNS.map(({ name }) => name)
    expect(names).toEqual(Object.keys(equipmentTimeParts.shape).map(snake))
    const columns = tableNamed('equipment_window')?.columns.map(({ name }) => name) ?? []
    expect(columns).toEqual(expect.arrayContaining(names))
  })

  it('sorts, partitions, shards and versions by columns that exist', () => {
    for (const table of TABLES) {
      const names = table.columns.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      const used = [...table.key, table.shardBy, ...(table.partitionBy ? [table.partitionBy] : [])]
      if (table.engine.kind === 'replace')
        used.push(table.engine.version, ...(table.engine.deleted ? [table.engine.deleted] : []))
      for (const name of used) expect(names, `${table.name}.${name}`).toContain(name)
      for (const name of table.key)
        expect(table.columns.find((column) => column.name === name)?.nullable, `${table.name}.${name}`).toBeUndefined()
    }
  })

  it('keeps the versions of one row in one partition', () => {
    for (const { engine, key, partitionBy } of TABLES)
      if (engine.kind === 'replace' && partitionBy) expect(key).toContain(partitionBy)
  })

  it('rolls up from tables that exist', () => {
    for (const { from } of ROLL_UPS) expect(tableNamed(from)).toBeDefined()
  })
})
