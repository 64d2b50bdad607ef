import { z } from 'zod'
import { contentHash, signatureMeaning } from './signature.ts'

/** What a proof is for: it counts for this and for nothing else. */
export const proofPurpose = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('signature'),
    record: z.strictObject({ kind: z.string().min(1).max(60), id: z.string().min(1).max(200) }),
    contentHash,
    meaning: signatureMeaning,
  }),
  z.strictObject({ kind: z.literal('second-factor') }),
])
export type ProofPurpose = z.infer<typeof proofPurpose>

/** `POST /api/proofs`: where the person is asked anew by the provider; instants in milliseconds UTC. */
export const proofBegun = z.object({ id: z.uuid(), address: z.string(), expiresAt: z.int() })
export type ProofBegun = z.infer<typeof proofBegun>

/** `GET /api/proofs/:id`. `refused`: the provider vouched for somebody else, or not anew. */
export const proofState = z.object({ state: z.enum(['waiting', 'proved', 'refused', 'over']) })
export type ProofState = z.infer<typeof proofState>
