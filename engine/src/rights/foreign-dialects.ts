/** What the condition of a foreign query needs of the SQL it is written in. Texts are compared code point by code point. */
export interface ForeignDialect {
  /** A column of the author's query. */
  column(name: string): string
  /** Where a bound value stands; `mark` is put in its place later. */
  bound(mark: string, type: 'text' | 'number'): string
  /** A column as text with its blanks; `isNumber` for whole numbers. */
  text(column: string, isNumber: boolean): string
  /** A text without blanks around it; the empty text is NULL. */
  trimmed(text: string): string
  /** True for texts that this dialect does not trim as the gate does; null when there are none. `blanks` is bound. */
  doubt(text: string, blanks: () => string): string | null
  /** A column of exact numbers as the gate reads it: as a double. */
  number(column: string): string
  /** A text that is compared byte by byte. */
  comparable(text: string): string
  /** The first parts of a path of equipment. */
  firstParts(path: string, count: number): string
}

/** Beside the blank, what JavaScript trims. */
export const ODD_BLANKS =
  '\t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/** Written into the statement: it is a constant of the program. */
const POSTGRES_BLANKS = `U&' ${[...ODD_BLANKS].map((each) => `\\${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}'`

const doubled = (name: string, quote: string): string => `${quote}${name.replaceAll(quote, quote + quote)}${quote}`

/** PostgreSQL with an UTF-8 database: under the collation "C" bytes decide, and bytes are in the order of code points. */
export const POSTGRESQL: ForeignDialect = {
  column: (name) => `gemba_query.${doubled(name, '"')}`,
  bound: (mark, type) => (type === 'text' ? `(${mark}::text COLLATE "C")` : `${mark}::float8`),
  text: (column) => `(${column}::text COLLATE "C")`,
  trimmed: (text) => `btrim(nullif(${text}, ''), ${POSTGRES_BLANKS})`,
  doubt: () => null,
  number: (column) => `nullif(${column}::numeric, 'NaN')::float8`,
  comparable: (text) => text,
  firstParts: (path, count) =>
    Array.from({ length: count }, (_, index) => `split_part(${path}, '/', ${index + 1})`).join(` || '/' || `),
}

/**
 * MySQL and MariaDB. Their collations ignore case, accents or blanks at the end, so texts are compared as bytes of UTF-8.
 * Their TRIM takes blanks alone away: what begins or ends with another white space is in doubt.
 */
export const MYSQL: ForeignDialect = {
  column: (name) => `gemba_query.${doubled(name, '`')}`,
  bound: (mark, type) => (type === 'text' ? `(CONVERT(${mark} USING utf8mb4) COLLATE utf8mb4_bin)` : mark),
  text: (column, isNumber) =>
    `(CONVERT(${isNumber ? `CAST(${column} AS CHAR)` : column} USING utf8mb4) COLLATE utf8mb4_bin)`,
  trimmed: (text) => `TRIM(CASE WHEN LENGTH(${text}) > 0 THEN ${text} END)`,
  doubt: (text, blanks) => {
    const isOdd = (side: 'LEFT' | 'RIGHT'): string => {
      const end = `${side}(TRIM(${text}), 1)`
      return `(LENGTH(${end}) > 0 AND LOCATE(CAST(${end} AS BINARY), CAST(${blanks()} AS BINARY)) > 0)`
    }
    return `(${isOdd('LEFT')} OR ${isOdd('RIGHT')})`
  },
  number: (column) => `(${column} + 0e0)`,
  comparable: (text) => `CAST(${text} AS BINARY)`,
  firstParts: (path, count) => `SUBSTRING_INDEX(${path}, '/', ${count})`,
}
