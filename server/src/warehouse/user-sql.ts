import { WarehouseRefusal } from './warehouse-errors.ts'

type Row = Record<string, string>
type Ask = (sql: string, params: Record<string, unknown>) => Promise<Row[]>

const HARMLESS_TABLE_FUNCTIONS = new Set(['numbers', 'zeros', 'values', 'generate_series', 'generateSeries', 'null'])
/** Scalar functions that look beyond the tables named in the query, tell about the machine, or only cost time. */
const REFUSED_FUNCTIONS = [
  /^(dict|joinGet|catboost|ai[A-Z]|tcpPort|getServer|getMacro|getSetting|getOSKernel|addressTo|zookeeper|filesystem)/i,
  /^(executable|sleep|sleepEachRow|throwIf|hostName|hostname|fqdn|FQDN|user|currentUser|serverUUID|buildId|uptime|version)$/,
  /^(demangle|transactionID|queryID|initialQueryID|connectionId|shardNum|displayName|initializeAggregation|revision)$/,
  /(Roles|Profiles)$/,
]
const REFUSED_DATABASES = /^[`"]?(system|information_schema)[`"]?\./i

const refuse = (text: string): never => {
  throw new WarehouseRefusal('not-allowed', 497, text)
}

/** Judges queries that users wrote; remembers what the engine calls a table function. */
export class UserSql {
  private readonly ask: Ask
  private readonly database: string
  private tableFunctions: Promise<ReadonlySet<string>> | null = null

  constructor(ask: Ask, database: string) {
    this.ask = ask
    this.database = database
  }

  /**
   * Gives the query back in the engine's own writing (one statement, no comments), or refuses it: anything but one
   * SELECT, a table of another database, a table function, or a function that looks beyond the tables. With `hidden`
   * it may name none of those tables either, neither after FROM nor on the right of IN.
   */
  async accept(sql: string, params: Record<string, unknown>, hidden: ReadonlySet<string> = new Set()): Promise<string> {
    const formatted = await this.ask('SELECT formatQuerySingleLine({sql:String}) AS text', { sql })
    const text = formatted[0]?.['text'] ?? ''
    if (!/^(SELECT|WITH|\()/i.test(text)) refuse('only SELECT is allowed')
    // Inside the parentheses a clause that writes a file or names a format is a syntax error.
    const tree = await this.ask(`SELECT explain FROM (EXPLAIN AST SELECT * FROM (\n${text}\n))`, params)
    const tableFunctions = await this.namesOfTableFunctions()
    for (const row of tree) this.checkNode((row['explain'] ?? '').trim(), tableFunctions)
    if (hidden.size > 0) refuseHidden(tree, hidden)
    return text
  }

  private namesOfTableFunctions(): Promise<ReadonlySet<string>> {
    this.tableFunctions ??= this.ask('SELECT name FROM system.table_functions', {}).then(
      (rows) => new Set(rows.map((row) => (row['name'] ?? '').toLowerCase())),
    )
    this.tableFunctions.catch(() => (this.tableFunctions = null))
    return this.tableFunctions
  }

  private checkNode(line: string, tableFunctions: ReadonlySet<string>): void {
    const [kind = '', name = ''] = line.split(' ')
    if (kind === 'TableIdentifier' && name.includes('.') && !name.startsWith(`${this.database}.`))
      refuse(`${name} is not a table of the warehouse`)
    if (kind === 'Identifier' && REFUSED_DATABASES.test(name)) refuse(`${name} is not a table of the warehouse`)
    if (kind === 'Set') refuse('settings are not allowed')
    if (kind !== 'Function') return
    if (tableFunctions.has(name.toLowerCase()) && !HARMLESS_TABLE_FUNCTIONS.has(name))
      refuse(`${name}() is not allowed`)
    if (REFUSED_FUNCTIONS.some((pattern) => pattern.test(name))) refuse(`${name}() is not allowed`)
  }
}

const MEMBERSHIP = /in(ignoreset)?$/i

/** Tables stand after FROM and JOIN as such; on the right of IN, and of functions like it, a plain name is one as well. */
function refuseHidden(tree: readonly Row[], hidden: ReadonlySet<string>): void {
  const above: { depth: number; text: string }[] = []
  for (const row of tree) {
    const line = row['explain'] ?? ''
    const text = line.trim()
    const depth = line.length - line.trimStart().length
    while (above.length > 0 && (above.at(-1) as { depth: number }).depth >= depth) above.pop()
    const [kind = '', name = ''] = text.split(' ')
    const plain = name.replaceAll(/[`"]/g, '')
    if (kind === 'TableIdentifier' && (plain.includes('.') || hidden.has(plain) || plain === ''))
      refuse(`${plain} may not be read here`)
    const [, call] = (above.at(-2)?.text ?? '').split(' ')
    const isMember = above.at(-2)?.text.startsWith('Function ') === true && MEMBERSHIP.test(call ?? '')
    if (kind === 'Identifier' && isMember && hidden.has(plain.split('.').at(-1) ?? '') && !isFirst(tree, row))
      refuse(`${plain} may not be read here`)
    above.push({ depth, text })
  }
}

/** Whether a node is the first of its siblings: the left side of IN, which is a column. */
function isFirst(tree: readonly Row[], row: Row): boolean {
  const before = tree[tree.indexOf(row) - 1]?.['explain'] ?? ''
  return before.trim().startsWith('ExpressionList')
}
