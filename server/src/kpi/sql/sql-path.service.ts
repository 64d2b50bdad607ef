import type { WarehouseService } from '../../warehouse/warehouse.service.ts'
import {
  type BoundQuery,
  type InputRow,
  type InputRows,
  type SqlBody,
  bodyOverRows,
  bodyOverTables,
} from './sql-body.ts'

/** What a body answers for one scope. */
export type AnswerRow = Record<string, unknown> & { scope: string }

/** Most characters of parameters in one statement: they travel in the address, which a server limits to 1 MiB. */
const MOST_CHARACTERS = 120_000
const MOST_OF_ONE_SCOPE = 400_000

/** Figures computed by the warehouse itself: the same bodies over given rows and over tables. */
export class SqlPathService {
  private readonly warehouse: Pick<WarehouseService, 'query'>

  constructor(warehouse: Pick<WarehouseService, 'query'>) {
    this.warehouse = warehouse
  }

  /**
   * Answers by scope over rows given. Scopes are spread over as many statements as their rows need. Throws a RangeError
   * when a row does not fit, or when the rows of one scope alone are too many for one statement.
   */
  async overRows(
    body: SqlBody,
    rows: InputRows,
    params: Record<string, unknown> = {},
  ): Promise<Map<string, AnswerRow>> {
    const answers = new Map<string, AnswerRow>()
    for (const batch of batches(body, rows)) {
      const bound = bodyOverRows(body, batch, params)
      for (const answer of await this.ask(bound)) answers.set(answer.scope, answer)
    }
    return answers
  }

  /** Answers by scope over SELECTs of the warehouse, one for each input relation; `params` are theirs. */
  async overTables(
    body: SqlBody,
    selects: Readonly<Record<string, string>>,
    params: Record<string, unknown>,
  ): Promise<Map<string, AnswerRow>> {
    const answers = await this.ask(bodyOverTables(body, selects, params))
    return new Map(answers.map((answer) => [answer.scope, answer]))
  }

  private ask({ sql, params }: BoundQuery): Promise<AnswerRow[]> {
    return this.warehouse.query<AnswerRow>(sql, params)
  }
}

/** The rows in portions of whole scopes that fit into one statement each. */
function batches(body: SqlBody, rows: InputRows): InputRows[] {
  const shared = Object.fromEntries((body.shared ?? []).map((relation) => [relation, rows[relation] ?? []]))
  const byScope = new Map((rows['asked'] ?? []).map((row) => [String(row['scope']), portion()]))
  for (const [relation, list] of Object.entries(rows)) {
    if (body.shared?.includes(relation)) continue
    for (const row of list) {
      const own = byScope.get(String(row['scope']))
      if (!own) continue
      ;(own.rows[relation] ??= []).push(row)
      own.characters += JSON.stringify(row).length
    }
  }
  const full: InputRows[] = []
  let open = portion()
  for (const [scope, own] of byScope) {
    if (own.characters > MOST_OF_ONE_SCOPE)
      throw new RangeError(`${body.name}: ${scope} has too many rows for one statement; bind it to a table`)
    if (open.characters > 0 && open.characters + own.characters > MOST_CHARACTERS) {
      full.push({ ...open.rows, ...shared })
      open = portion()
    }
    for (const [relation, list] of Object.entries(own.rows)) (open.rows[relation] ??= []).push(...list)
    open.characters += own.characters
  }
  return open.characters > 0 ? [...full, { ...open.rows, ...shared }] : full
}

const portion = (): { rows: Record<string, InputRow[]>; characters: number } => ({ rows: {}, characters: 0 })
