import { z } from 'zod'

/**
 * A refusal as problem document (RFC 9457, `application/problem+json`). `code` is one of `docs/errors.md`;
 * `title` is in the language of the request; `detail` names what is wrong and what to do; `reference` is given for
 * bugs only and finds the log entry.
 */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  retryable: z.boolean(),
  reference: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})
export type Problem = z.infer<typeof problem>
