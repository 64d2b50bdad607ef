import type { ReportParameter } from '@gemba/contracts/template'
import { describe, expect, it } from 'vitest'
import { boundMysql, boundPostgres } from './sql-text.ts'

const parameters = [
  { name: 'who', type: 'text' },
  { name: 'least', type: 'number' },
  { name: 'day', type: 'date' },
  { name: 'late', type: 'boolean' },
] as unknown as ReportParameter[]
const sql = `SELECT ':who' AS a -- :who
  FROM t WHERE true [[ AND a = :who AND n >= :least ]] [[ AND d = :day ]] [[ AND l = :late ]] [[ AND b IN (:who) ]]`

describe('a query for a database of others', () => {
  it('has a place for each value, in their order, and none for a segment that is dropped', () => {
    const given = { parameters, params: { who: ['x', 'y'], day: '2026-01-05', late: true } }
    const kept = `SELECT ':who' AS a -- :who\n  FROM t WHERE true `
    const postgres = boundPostgres(sql, given)
    expect(postgres.sql.replaceAll(/ +/g, ' ').trim()).toBe(
      `${kept} AND d = $1::date AND l = $2::boolean AND b IN ($3::text, $4::text)`.replaceAll(/ +/g, ' '),
    )
    const mysql = boundMysql(sql, given)
    expect(mysql.sql.replaceAll(/ +/g, ' ').trim()).toBe(
      `${kept} AND d = CAST(? AS DATE) AND l = (? = 'true') AND b IN (?, ?)`.replaceAll(/ +/g, ' '),
    )
    for (const { values } of [postgres, mysql]) expect(values).toEqual(['2026-01-05', 'true', 'x', 'y'])
  })

  it.each([
    ['SELECT a FROM t ORDER BY a', true],
    ['SELECT a FROM t order by a # limit 3', true],
    ["SELECT a, 'limit' FROM t ORDER BY `limit`", true],
    ['(SELECT a FROM t LIMIT 2) UNION SELECT 1 ORDER BY a', true],
    ['SELECT a FROM t ORDER BY a LIMIT 3', false],
    ['SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS ONLY', false],
    ['SELECT sum(a) OVER (ORDER BY b) FROM t', false],
    ["SELECT 'it\\'s ORDER BY' FROM t", false],
    ['SELECT a AS border FROM t', false],
  ])('of MySQL keeps its order by a limit where it has none of its own: %s', (text, isLimited) => {
    const { sql: bound } = boundMysql(text, { parameters: [], params: {} })
    expect(bound).toBe(isLimited ? `${text}\nLIMIT 18446744073709551615` : text)
  })
})
