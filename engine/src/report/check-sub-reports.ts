import { compileTemplate } from './compile.ts'
import { DEFAULT_LIMITS, type Finding } from './findings.ts'
import { subFindings } from './sub-checks.ts'
import { SubReports, type SubInput, type SubTemplate } from './sub-reports.ts'

/** All that is wrong with the sub-reports of a template, found before a row is read. */
export function checkSubReports(template: SubTemplate, input: Omit<SubInput, 'find'>): Finding[] {
  const make = (): never => {
    throw new Error('nothing runs while a template is checked')
  }
  const subs = SubReports.of({ ...input, find: () => undefined }, { limits: DEFAULT_LIMITS, make })
  const compiled = compileTemplate(template)
  const isOfSub = ({ part, key }: Finding): boolean => part?.startsWith('value.sub') === true || key === 'subBelow'
  return [...compiled.findings.filter(isOfSub), ...subFindings(compiled, subs)]
}
