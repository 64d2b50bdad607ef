import { z } from 'zod'
import { bilingual } from './catalog.ts'
import { dataFile, rowAudience } from './data-file.ts'

/**
 * Databases of others that reports query as datasets (`{"kind": "external", "source": "<id>", "sql": "SELECT …"}`).
 *
 * | Route | Answer |
 * |---|---|
 * | `GET /api/external-databases` | `externalDatabasesAnswer`: for who may edit sources; empty for others |
 * | `PUT /api/external-databases/{database}` with `externalDatabaseChange` | `externalDatabasesAnswer`: new or changed |
 * | `POST /api/external-databases/{database}/trial` | `databaseTrial`: with the saved settings, stage by stage |
 * | `POST /api/external-databases/{database}/rows` with `databaseQuestion` | `rowsPreview` of the contract `data-file`: the first rows of a query that the caller may see |
 * | `DELETE /api/external-databases/{database}` | `externalDatabasesAnswer`; refused while a report reads it |
 */
export const externalDatabaseId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)

/** `verified`: encrypted, and the certificate is checked. `unverified`: encrypted alone. `none`: only within the plant. */
export const databaseTls = z.enum(['verified', 'unverified', 'none'])
export type DatabaseTls = z.infer<typeof databaseTls>

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), 'one line without control characters')

/** `mysql` and `mariadb` speak one protocol; what the server really is says the trial. */
export const databaseKind = z.enum(['postgresql', 'mysql', 'mariadb'])
export type DatabaseKind = z.infer<typeof databaseKind>
/** Where each kind listens unless somebody has moved it. */
export const DATABASE_PORTS: Readonly<Record<DatabaseKind, number>> = { postgresql: 5432, mysql: 3306, mariadb: 3306 }

export const externalDatabaseChange = z.strictObject({
  name: bilingual,
  kind: databaseKind,
  /** A name or an address, never a path of a socket. */
  host: z
    .string()
    .trim()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, 'a host name or an address'),
  port: z.int().min(1).max(65_535),
  database: line(63),
  user: line(63),
  /** Absent = the stored one, as long as host, port, database and user stay the same. */
  password: z.string().min(1).max(500).optional(),
  tls: databaseTls,
  audience: rowAudience,
})
export type ExternalDatabaseChange = z.infer<typeof externalDatabaseChange>

/** A database as it is set up; its password is never given out. */
export const externalDatabase = externalDatabaseChange.omit({ password: true }).extend({
  id: externalDatabaseId,
  hasPassword: z.boolean(),
  usedBy: dataFile.shape.usedBy,
})
export type ExternalDatabase = z.infer<typeof externalDatabase>
export const externalDatabasesAnswer = z.object({ databases: z.array(externalDatabase), mayEdit: z.boolean() })
export type ExternalDatabasesAnswer = z.infer<typeof externalDatabasesAnswer>

/** `name`: the host has an address that may be called. `sign-in`: it takes user and password. `reading`: a query is answered. */
export const databaseStage = z.enum(['name', 'sign-in', 'reading'])
export type DatabaseStage = z.infer<typeof databaseStage>

export const databaseTrial = z.object({
  /** All stages in their order. After the first that failed, nothing is tried any more. */
  stages: z.array(
    z.object({
      stage: databaseStage,
      outcome: z.enum(['done', 'failed', 'not-tried']),
      tookMs: z.int().nullable(),
      /** What was found, or what stood in the way and what to do. */
      answer: bilingual.nullable(),
    }),
  ),
  /** Tables that the account could write to, though it never will; 0 is as it should be, null = not known. */
  writableTables: z.int().nullable(),
})
export type DatabaseTrial = z.infer<typeof databaseTrial>

export const databaseQuestion = z.strictObject({ sql: z.string().min(1).max(20_000) })
export type DatabaseQuestion = z.infer<typeof databaseQuestion>
