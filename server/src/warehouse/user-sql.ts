import { WarehouseRefusal } from './warehouse-errors.ts'

type Ask = (sql: string, params: Record<string, unknown>) => Promise<Record<string, string>[]>

const HARMLESS_TABLE_FUNCTIONS = new Set(['numbers', 'zeros', 'values', 'generate_series', 'generateSeries', 'null'])
/** Scalar functions that read something besides the tables named in the query, or only cost time. */
const REFUSED_FUNCTIONS =
  /^(dict|joinGet|catboost|file|sleep|getSetting|getMacro|hostName|fqdn|currentUser|user|server|tcpPort|getServer|buildId|addressTo|demangle|filesystem|zookeeper|transaction|encrypt|decrypt|lowCardinalityIndices|throwIf|initializeAggregation|executable|ai|url$|structureTo|runningConcurrency|displayName|queryID|initialQuery|connectionId|getOSKernel|shard|defaultRoles|enabledRoles|currentRoles|currentProfiles|enabledProfiles|defaultProfiles)/i
const REFUSED_DATABASES = /(^|[.`"])(system|information_schema)[`"]?\./i

const refuse = (text: string): never => {
  throw new WarehouseRefusal('not-allowed', 497, text)
}

/**
 * Gives a user's query back in the engine's own writing (one statement, no comments), or refuses it: anything but one
 * SELECT, a system table, a table function, or a function that looks beyond the tables.
 */
export async function acceptUserSql(sql: string, ask: Ask): Promise<string> {
  const formatted = await ask('SELECT formatQuerySingleLine({sql:String}) AS text', { sql })
  const text = formatted[0]?.['text'] ?? ''
  if (!/^(SELECT|WITH|\()/i.test(text)) refuse('only SELECT is allowed')
  const tree = await ask(`EXPLAIN AST ${text}`, {})
  const tableFunctions = await ask("SELECT name FROM system.table_functions WHERE name != ''", {})
  const names = new Set(tableFunctions.map((row) => (row['name'] ?? '').toLowerCase()))
  for (const row of tree) checkNode((row['explain'] ?? '').trim(), names)
  return text
}

function checkNode(line: string, tableFunctions: ReadonlySet<string>): void {
  const [kind = '', name = ''] = line.split(' ')
  if (kind === 'InsertQuery' || kind === 'CreateQuery' || kind === 'Set') refuse('only a plain SELECT is allowed')
  if ((kind === 'TableIdentifier' || kind === 'Identifier') && REFUSED_DATABASES.test(name))
    refuse(`${name} is not a table of the warehouse`)
  if (kind !== 'Function') return
  const lower = name.toLowerCase()
  if (tableFunctions.has(lower) && !HARMLESS_TABLE_FUNCTIONS.has(name)) refuse(`${name}() is not allowed`)
  if (REFUSED_FUNCTIONS.test(name)) refuse(`${name}() is not allowed`)
}
