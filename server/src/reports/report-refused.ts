/** The template cannot be rendered. Each problem is one line for its author, led by the cell where there is one. */
export class ReportRefused extends Error {
  readonly problems: string[]

  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
