/** Reads `--name value` and `--name=value`; unknown names and missing values are refused with the list of names. */
import { StepFailure } from './console.mjs'

/**
 * @param {string[]} argv
 * @param {Record<string, { help: string, check?: (text: string) => string | null }>} known
 */
export function readOptions(argv, known) {
  const options = {}
  for (let index = 0; index < argv.length; index += 1) {
    const match = /^--([a-z-]+)(?:=(.*))?$/.exec(argv[index])
    const name = match?.[1]
    if (!name || !(name in known)) throw unknownOption(argv[index], known)
    const text = match[2] ?? argv[(index += 1)]
    if (text === undefined)
      throw new StepFailure(`--${name} needs a value`, known[name].help, `for example: --${name} …`)
    const fault = known[name].check?.(text)
    if (fault) throw new StepFailure(`--${name} ${text} is not usable`, fault, known[name].help)
    options[name] = text
  }
  return options
}

function unknownOption(text, known) {
  const list = Object.entries(known).map(([name, { help }]) => `--${name}  ${help}`)
  return new StepFailure(
    `Unknown option ${text}`,
    'it is not one of the options of this command',
    `use:\n       ${list.join('\n       ')}`,
  )
}

export const wholeNumber = (least, most) => (text) =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most
    ? null
    : `a whole number from ${least} to ${most} is needed`

export const oneOf =
  (...words) =>
  (text) =>
    words.includes(text) ? null : `it must be one of: ${words.join(', ')}`
