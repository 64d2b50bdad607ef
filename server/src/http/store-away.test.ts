import { QueryFailedError } from 'typeorm'
import { describe, expect, it } from 'vitest'
import { WarehouseUnreachable } from '../warehouse/warehouse-errors.ts'
import { storeAway } from './store-away.ts'

const failure = (message: string, facts: object = {}): Error => Object.assign(new Error(message), facts)
const store = (error: unknown): unknown => storeAway(error)?.facts['store'] ?? null

describe('a store that is away', () => {
  it('is told from the failure of a connection', () => {
    expect(store(new WarehouseUnreachable(new Error('x')))).toBe('warehouse')
    for (const error of [
      failure('connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' }),
      failure('connect ENOENT', { code: 'ENOENT', syscall: 'connect' }),
      failure('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }),
      failure('Connection terminated unexpectedly'),
      failure('timeout exceeded when trying to connect'),
      failure('the database system is starting up', { code: '57P03' }),
      failure('too many clients', { code: '53300' }),
      new QueryFailedError('SELECT 1', [], failure('terminating connection', { code: '57P01' })),
    ])
      expect([error.message, store(error)]).toEqual([error.message, 'metadata'])
  })

  it('is not seen in a bug', () => {
    for (const error of [
      failure('open ENOENT', { code: 'ENOENT', syscall: 'open' }),
      failure('x', { code: 'ENOENT' }),
      failure('aborted', { code: 'ECONNRESET' }),
      failure('duplicate key', { code: '23505' }),
      new QueryFailedError('SELECT', [], failure('syntax error', { code: '42601' })),
      new TypeError('undefined is not a function'),
      'Connection terminated',
      null,
      undefined,
    ])
      expect([String(error), store(error)]).toEqual([String(error), null])
  })
})
