/**
 * What the figures of one report share: questions that are put alike get the same object. Rights are no
 * part of a question, so it is never used for two readers.
 */
export class SharedQuestions {
  private readonly alike = new Map<string, object>()

  /** `question` is everything that rows are chosen by: neither its metric nor what it is cut by. */
  of(question: unknown): object {
    const key = JSON.stringify(question)
    const shared = this.alike.get(key) ?? {}
    this.alike.set(key, shared)
    return shared
  }
}
