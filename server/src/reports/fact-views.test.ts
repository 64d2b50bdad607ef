import { describe, expect, it } from 'vitest'
import { FACT_VIEWS, forgottenColumns } from './fact-views.ts'

describe('the views of reports', () => {
  it.each(FACT_VIEWS.map((view) => [view.id, view] as const))(
    '%s has every column that a rule of rights may name',
    (_id, view) => expect(forgottenColumns(view)).toEqual([]),
  )
})
