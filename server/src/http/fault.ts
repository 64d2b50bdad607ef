import { FAULT_CODES, type FaultCode, type FaultName } from './fault-codes.ts'

export type FaultFacts = Record<string, string | number | boolean | null>

/** A refusal: something the caller can understand and act on. Bugs are plain errors. */
export class Fault extends Error {
  readonly code: FaultName
  readonly facts: FaultFacts
  /** What exactly is wrong and what to do, in both languages. */
  readonly detail: { zh: string; en: string } | undefined

  constructor(code: FaultName, facts: FaultFacts = {}, detail?: { zh: string; en: string }) {
    super(code)
    this.name = 'Fault'
    this.code = code
    this.facts = facts
    this.detail = detail
  }

  get entry(): FaultCode {
    return FAULT_CODES[this.code]
  }
}
