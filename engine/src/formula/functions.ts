import type { FunctionDefinition } from './function-table.ts'
import { aggregateFunctions } from './functions/aggregate.ts'
import { dateFunctions } from './functions/date.ts'
import { logicFunctions } from './functions/logic.ts'
import { lookupFunctions } from './functions/lookup.ts'
import { mathFunctions } from './functions/math.ts'
import { outputFunctions } from './functions/output.ts'
import { statisticsFunctions } from './functions/statistics.ts'
import { textFunctions } from './functions/text.ts'

const families: FunctionDefinition[][] = [
  mathFunctions,
  textFunctions,
  dateFunctions,
  logicFunctions,
  aggregateFunctions,
  statisticsFunctions,
  lookupFunctions,
  outputFunctions,
]

/** Every function that works on values; those that take cells are the report functions of the engine. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  families.flat().map((definition) => [definition.name, definition]),
)

/** By its name in capitals; undefined for unknown ones. */
export const functionNamed = (name: string): FunctionDefinition | undefined => FUNCTIONS.get(name)
