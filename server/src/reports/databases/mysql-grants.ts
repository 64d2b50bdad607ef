/** One line of SHOW GRANTS that lets an account write. */
export interface Grant {
  /** A pattern of LIKE; null = every database. */
  readonly schema: string | null
  /** Null = every table. */
  readonly table: string | null
}

const LINE = /^GRANT (.+?) ON (?:TABLE )?(\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) TO /
const WRITES = /\b(ALL|INSERT|UPDATE|DELETE|DROP|CREATE|ALTER|TRIGGER)\b/

/** What a line of SHOW GRANTS lets an account write to; null when it lets it write nothing. */
export function grantOf(line: string): Grant | null {
  const [, privileges = '', schema = '', table = ''] = LINE.exec(line) ?? []
  if (!WRITES.test(privileges.replaceAll(/`(?:[^`]|``)+`/g, ''))) return null
  const plain = (name: string): string | null => (name === '*' ? null : name.slice(1, -1).replaceAll('``', '`'))
  return { schema: plain(schema), table: plain(table) }
}

/** Databases of grants are patterns, unless a table is named with them. */
export const isWritable = (grants: readonly Grant[], of: { schema: string; table: string }): boolean =>
  grants.some(({ schema, table }) =>
    table === null ? schema === null || fits(of.schema, schema) : schema === of.schema && table === of.table,
  )

function fits(name: string, pattern: string): boolean {
  const parts = pattern.match(/\\[\s\S]|[\s\S]/g) ?? []
  const source = parts.map((part) => (part === '%' ? '.*' : part === '_' ? '.' : escaped(part.replace(/^\\/, ''))))
  return new RegExp(`^${source.join('')}$`, 'su').test(name)
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
