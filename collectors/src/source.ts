import type { SourceErrorType, SourceState } from '@gemba/contracts/source'

/** What a source tells about itself; the collector adds counts and spool sizes. */
export interface SourceStatus {
  readonly state: SourceState
  readonly errorType: SourceErrorType | null
  readonly errorText: string | null
}

/** A running connection to one source. */
export interface RunningSource {
  /** Ends within a second or two; nothing received is lost. */
  stop(): Promise<void>
}

/** A failure with a class and one sentence for a person. */
export class SourceFailure extends Error {
  readonly type: SourceErrorType

  constructor(type: SourceErrorType, text: string) {
    super(text)
    this.type = type
  }
}
