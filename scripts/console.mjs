/** Plain steps on the terminal: what happens, how long it took, and what to do when it fails. */

const colour = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)

export const say = (text) => process.stdout.write(`${text}\n`)
export const warn = (text) => process.stdout.write(`${paint('33', '! ')}${text}\n`)

/** A failure that a person can mend: what failed, why, and what to do. */
export class StepFailure extends Error {
  /** @param {string} what @param {string} why @param {string} remedy */
  constructor(what, why, remedy) {
    super(`${what}: ${why}`)
    this.what = what
    this.why = why
    this.remedy = remedy
  }
}

/** Runs one step and prints its name and duration. */
export async function step(name, run) {
  const startedAt = performance.now()
  process.stdout.write(`${paint('36', '·')} ${name}${process.stdout.isTTY ? ' …' : '\n'}`)
  const result = await run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (process.stdout.isTTY) process.stdout.write(`\r${paint('32', '✓')} ${name} (${seconds} s)\u001b[K\n`)
  else say(`✓ ${name} (${seconds} s)`)
  return result
}

/** Runs a program's main function; a StepFailure ends it with its remedy, anything else with its stack. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    if (error instanceof StepFailure) {
      process.stderr.write(`\n${paint('31', '✗')} ${error.what}\n  Why: ${error.why}\n  What to do: ${error.remedy}\n`)
    } else {
      process.stderr.write(`\n${paint('31', '✗')} Unexpected failure\n${error?.stack ?? error}\n`)
    }
    process.exitCode = 1
  }
}
