import type { FunctionContext } from '../formula/function-table.ts'
import { FormulaError, keyOf, valueOf, type Value } from '../formula/values.ts'
import { askingContext } from './asking.ts'
import { buildInstances } from './build-instances.ts'
import { cellExpression } from './cell-host.ts'
import { valueComputer, type Compute } from './cell-values.ts'
import { compileTemplate, type ReportTemplate } from './compile.ts'
import type { CompiledCell, CompiledTemplate } from './compiled.ts'
import { Dataset } from './dataset.ts'
import { evaluationOrder, pageDependent } from './evaluation-order.ts'
import { DEFAULT_LIMITS, ReportLimitError, TemplateRefusedError, type ReportLimits } from './findings.ts'
import type { Contexts, Instances } from './instances.ts'
import { Placements } from './placements.ts'
import { ReferenceTables } from './reference-tables.ts'
import type { RunPortion } from './run-portion.ts'
import type { PageState, RunState } from './run-state.ts'
import { SharedLists } from './shared-lists.ts'
import { SubCells } from './sub-cells.ts'
import { subFindings } from './sub-checks.ts'
import type { SubInput, SubReports } from './sub-reports.ts'
import { viewOfInstances } from './slice-views.ts'
import { wordsIn } from './words.ts'
import { intersect, wholeFamily, type Intersection, type SliceFamily, type SliceView } from './slices.ts'

/** What a run is given beside the template. Nothing else is known to it: no clock, no disk, no network. */
export interface RunInput {
  datasets: ReadonlyMap<string, Dataset>
  params?: Readonly<Record<string, unknown>> | undefined
  user?: Readonly<Record<string, unknown>> | undefined
  locale?: 'zh-CN' | 'en' | undefined
  timeZone?: string | undefined
  now?: FunctionContext['now']
  limits?: Partial<ReportLimits> | undefined
  /** The rows are a portion of more, and this is known of the others. */
  portion?: RunPortion | undefined
  /** Where sub-reports come from; without it each shows that it was not given. */
  subs?: SubInput | undefined
  /** Refuses templates with any error, instead of showing the error in its cell. */
  strict?: boolean | undefined
}

const pending = Symbol('pending')
const MAX_DEPTH = 300
const tooDeep = new FormulaError('#LIMIT!', { key: 'tooDeep' })

/** One run of a template over data: instances, layout and values. Throws TemplateRefusedError and ReportLimitError. */
export class ReportRun implements RunState {
  readonly template: CompiledTemplate
  readonly limits: ReportLimits
  readonly context: FunctionContext
  readonly params: ReadonlyMap<string, Value>
  readonly tables: ReferenceTables
  readonly shared = new SharedLists()
  readonly placements: Placements
  readonly sheet: ReportTemplate['sheet']
  readonly pageDependent: ReadonlySet<number>
  readonly portion: RunPortion | undefined
  readonly subReports: SubReports | undefined
  readonly subCells = new SubCells(this)
  epoch = 0
  position: RunState['position']
  pages: PageState = { number: 1, count: 1, holds: () => true }
  private readonly datasets: ReadonlyMap<string, Dataset>
  private readonly built: (Instances | undefined)[] = []
  private readonly building = new Set<number>()
  private readonly views = new Map<string, SliceView>()
  private readonly wholes = new Map<string, SliceFamily>()
  private readonly crossings = new Map<SliceFamily, Map<SliceFamily, Intersection>>()
  private readonly computers: (Compute | undefined)[] = []
  private readonly values: (Value | typeof pending | undefined)[][] = []
  private steps = 0
  private instances = 0
  private depth = 0

  constructor(template: ReportTemplate, input: RunInput, subReports?: SubReports) {
    this.subReports = subReports
    this.limits = { ...DEFAULT_LIMITS, ...input.limits }
    this.sheet = template.sheet
    this.datasets = input.datasets
    this.params = valuesOf(input.params)
    this.portion = input.portion
    this.steps = input.portion?.stepsBefore ?? 0
    this.context = contextOf(template, input, (dataset, key) => this.lookup(dataset, key))
    this.template = input.portion?.template ?? runnableTemplate(template, input, subReports)
    this.tables = new ReferenceTables(this)
    this.pageDependent = pageDependent(this.template)
    for (const cell of this.template.cells) this.instancesOf(cell.index)
    this.placements = new Placements(this)
    this.position = this.positionOf
    this.renew()
    this.evaluateAll()
  }

  /** What the run has used of its budgets, steps of the portions before included. */
  get used(): { steps: number; instances: number } {
    return { steps: this.steps, instances: this.instances }
  }

  readonly spend = (steps: number): void => {
    this.steps += steps
    if (this.steps > this.limits.steps) throw new ReportLimitError('steps', this.limits.steps)
  }

  readonly claimInstances = (count: number, cell: number): void => {
    this.instances += count
    if (this.instances <= this.limits.instances) return
    throw new ReportLimitError('instances', this.limits.instances, (this.template.cells[cell] as CompiledCell).address)
  }

  get datasetNames(): string[] {
    return [...this.datasets.keys()]
  }

  readonly dataset = (name: string): Dataset => this.datasets.get(name) ?? new Dataset(name, 0, new Map())

  readonly wholeFamily = (name: string): SliceFamily => {
    let family = this.wholes.get(name)
    if (family === undefined) {
      family = wholeFamily(this.dataset(name).rowCount)
      this.wholes.set(name, family)
    }
    return family
  }

  readonly intersection = (a: SliceFamily, b: SliceFamily): Intersection => {
    const known = this.crossings.get(a) ?? new Map<SliceFamily, Intersection>()
    this.crossings.set(a, known)
    let result = known.get(b)
    if (result === undefined) {
      result = intersect(a, b, this.limits.sliceRows)
      known.set(b, result)
    }
    return result
  }

  readonly instancesOf = (index: number): Instances => {
    const known = this.built[index]
    if (known !== undefined) return known
    const cell = this.template.cells[index] as CompiledCell
    if (this.building.has(index)) {
      throw new TemplateRefusedError([{ level: 'refuse', cells: [cell.address], key: 'expansionCycle' }])
    }
    this.building.add(index)
    const instances = buildInstances(this, cell, this.arrayOf(cell))
    this.building.delete(index)
    this.built[index] = instances
    return instances
  }

  readonly viewOf = (cell: number, dataset: string): SliceView => {
    const key = `${cell}|${dataset}`
    let view = this.views.get(key)
    if (view === undefined) {
      view = viewOfInstances(this, this.template.cells[cell] as CompiledCell, dataset)
      this.views.set(key, view)
    }
    return view
  }

  readonly valueOf = (index: number, instance: number): Value => {
    const instances = this.instancesOf(index)
    if (instances.keys !== undefined) return instances.keys[instance] as Value
    if (instances.isBlank(instance)) return null
    const compute = this.computer(index)
    if (compute.isDirect === true) return instances.errors.get(instance) ?? compute(instance)
    const values = (this.values[index] ??= new Array<Value | typeof pending | undefined>(instances.count))
    const known = values[instance]
    if (known === pending)
      return new FormulaError('#CYCLE!', { key: 'valueCycle', details: { cell: instances.cell.address } })
    if (known !== undefined) return known
    if (this.depth >= MAX_DEPTH) return tooDeep
    values[instance] = pending
    this.depth += 1
    const value = instances.errors.get(instance) ?? compute(instance)
    this.depth -= 1
    values[instance] = value
    return value
  }

  /** Forgets what depends on the page, and lets remembered results be computed again. */
  renew(): void {
    this.epoch += 1
    for (const cell of this.pageDependent) this.values[cell] = []
  }

  private readonly positionOf = (index: number, instance: number): { y: number; x: number } => {
    const out = new Int32Array(2)
    const cell = this.template.cells[index] as CompiledCell
    this.placements.vertical.interval(cell, instance, out)
    const y = out[0] as number
    this.placements.horizontal.interval(cell, instance, out)
    const { portion } = this
    const shift = portion !== undefined && y >= portion.listFrom ? portion.rowsBefore : 0
    return { y: y + shift, x: out[0] as number }
  }

  private computer(index: number): Compute {
    const known = this.portion?.values.get(index)
    if (known !== undefined) return () => known
    const summary = this.portion?.summaries.get(index)
    if (summary !== undefined) return () => summary(this)
    return (this.computers[index] ??= valueComputer(this, this.template.cells[index] as CompiledCell))
  }

  /** The array of an expanding expression, asked by its contexts since its instances are not there yet. */
  private arrayOf(cell: CompiledCell): (contexts: Contexts, context: number) => Value {
    let evaluate: ReturnType<typeof cellExpression> | undefined
    return (contexts, context) => {
      if (cell.sub !== undefined) return this.subCells.rowsAt(cell, contexts, context)
      if (cell.expression === undefined) return null
      evaluate ??= cellExpression({ run: this, asking: askingContext(this, cell, contexts) }, cell.expression)
      return evaluate({ instance: context })
    }
  }

  private evaluateAll(): void {
    for (const { cell, backwards } of evaluationOrder(this.template)) {
      const { count } = this.instancesOf(cell)
      const { expression, sub } = this.template.cells[cell] as CompiledCell
      if (expression === undefined && sub === undefined) continue
      for (let i = 0; i < count; i += 1) this.valueOf(cell, backwards ? count - 1 - i : i)
    }
  }

  private readonly indexes = new Map<string, Map<string | number, number[]>>()

  /** Rows of a dataset by the value of one column. */
  private lookup(
    name: string,
    key: string,
  ): ((value: Value, output: string) => readonly Value[] | undefined) | undefined {
    const dataset = this.datasets.get(name)
    const column = dataset?.column(key)
    if (dataset === undefined || column === undefined) return undefined
    const id = JSON.stringify([name, key])
    let index = this.indexes.get(id)
    if (index === undefined) {
      index = new Map()
      for (let row = 0; row < dataset.rowCount; row += 1) {
        const code = keyOf(column.at(row))
        const rows = index.get(code)
        if (rows === undefined) index.set(code, [row])
        else rows.push(row)
      }
      this.spend(dataset.rowCount)
      this.indexes.set(id, index)
    }
    const rows = index
    return (value, output) => {
      const found = dataset.column(output)
      return found === undefined ? undefined : (rows.get(keyOf(value)) ?? []).map((row) => found.at(row))
    }
  }
}

/** The compiled template of a run. Throws TemplateRefusedError if it cannot run over these datasets. */
export function runnableTemplate(template: ReportTemplate, input: RunInput, subReports?: SubReports): CompiledTemplate {
  const fields = new Map(
    [...input.datasets].map(([name, dataset]) => [name, dataset.fieldsKnown ? dataset.fields : undefined]),
  )
  const compiled = compileTemplate(template, { fields, limits: { ...DEFAULT_LIMITS, ...input.limits } })
  if (subReports !== undefined) compiled.findings.push(...subFindings(compiled, subReports))
  const refused = compiled.findings.filter(
    ({ level }) => level === 'refuse' || (level === 'error' && input.strict === true),
  )
  if (refused.length > 0) throw new TemplateRefusedError(refused)
  return compiled
}

const valuesOf = (record: Readonly<Record<string, unknown>> | undefined): Map<string, Value> =>
  new Map(Object.entries(record ?? {}).map(([name, value]) => [name, valueOf(value)]))

type Lookup = (
  dataset: string,
  key: string,
) => ((value: Value, output: string) => readonly Value[] | undefined) | undefined

/** What functions may know of the world in one run. */
export function contextOf(
  template: ReportTemplate,
  input: Omit<RunInput, 'datasets'>,
  lookup: Lookup,
): FunctionContext {
  const locale = input.locale ?? 'zh-CN'
  const dictionaries = new Map(
    Object.entries(template.dictionaries ?? {}).map(([name, entries]) => [
      name,
      new Map(Object.entries(entries).map(([key, words]) => [key, wordsIn(words, locale)])),
    ]),
  )
  return {
    locale,
    timeZone: input.timeZone ?? 'UTC',
    ...(input.now === undefined ? {} : { now: input.now }),
    dictionaries,
    user: valuesOf(input.user),
    lookup: ({ dataset, key, value, output }) => lookup(dataset, key)?.(value, output),
  }
}
