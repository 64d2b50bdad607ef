/** Plain steps on the terminal, and failures that name the cause and the remedy. */
const terminal = process.stdout.isTTY === true

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** A start that failed: what, why, what to do. */
export class StartFailure extends Error {
  readonly what: string
  readonly why: string
  readonly remedy: string

  constructor(what: string, why: string, remedy: string) {
    super(`${what}: ${why}`)
    this.what = what
    this.why = why
    this.remedy = remedy
  }

  print(): void {
    process.stderr.write(`\n✗ ${this.what}\n  Why: ${this.why}\n  What to do: ${this.remedy}\n`)
  }
}

export interface Step {
  /** Shows how far the step is. */
  readonly tell: (text: string, share?: number) => void
}

/** Runs one step and prints its name and duration. */
export async function step<T>(name: string, run: (step: Step) => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  let toldTenth = -1
  process.stdout.write(terminal ? `· ${name} …` : `· ${name}\n`)
  const tell = (text: string, share?: number) => {
    if (terminal) return void process.stdout.write(`\r· ${name}: ${text}\u001b[K`)
    const tenth = Math.floor((share ?? 0) * 10)
    if (tenth > toldTenth) say(`  ${name}: ${text}`)
    toldTenth = Math.max(toldTenth, tenth)
  }
  const result = await run({ tell })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(terminal ? `\r✓ ${name} (${seconds} s)\u001b[K\n` : `✓ ${name} (${seconds} s)\n`)
  return result
}
