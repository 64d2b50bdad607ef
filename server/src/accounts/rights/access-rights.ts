import { createHash } from 'node:crypto'
import type { Action } from '@gemba/contracts/rights'
import { type RightsObject, mayDo, mayDoIn } from '@gemba/engine/rights/decide'
import type { EffectiveRights } from '@gemba/engine/rights/effective'
import { factNamed, placeColumns } from '@gemba/engine/rights/facts'
import { FactGate } from '@gemba/engine/rights/gate'

/** An equipment of the catalog, as far as rights need it. */
export interface Place {
  readonly path: string
  readonly name: { readonly zh: string; readonly en: string }
}

/** The places of the plant and which of them have none below. */
export class Places {
  readonly all: readonly Place[]
  readonly leaves: readonly string[]

  constructor(all: readonly Place[]) {
    this.all = all
    const parents = new Set(all.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))))
    this.leaves = all.map(({ path }) => path).filter((path) => !parents.has(path))
  }
}

const isUnder = (path: string, above: string): boolean => path === above || path.startsWith(`${above}/`)

/** What one user may see and do now, with the decisions that were asked for once. */
export class AccessRights {
  readonly effective: EffectiveRights
  /** Equal exactly for users who see the same in the same way: part of every cache key. */
  readonly key: string
  private readonly places: Places
  private readonly gates = new Map<string, FactGate>()
  private hidden: ReadonlySet<string> | null = null

  constructor(effective: EffectiveRights, places: Places) {
    this.effective = effective
    this.places = places
    this.key = createHash('sha256').update(effective.key).digest('base64url').slice(0, 22)
  }

  may(action: Action, object: RightsObject, place?: string): boolean {
    return mayDo(this.effective, { action, object, place })
  }

  /** The same for an object as if it lay in a folder. */
  mayIn(folder: string, action: Action, object: RightsObject): boolean {
    return mayDoIn(this.effective, { action, object, folder })
  }

  /** Rows of a fact; an unknown fact is a mistake of the program. */
  gate(factId: string, action: Action = 'view'): FactGate {
    const known = this.gates.get(`${factId} ${action}`)
    if (known) return known
    const fact = factNamed(factId)
    if (!fact) throw new Error(`rights know no fact ${factId}`)
    const gate = new FactGate(this.effective, fact, action)
    this.gates.set(`${factId} ${action}`, gate)
    return gate
  }

  /** The whole of a place is visible: a role covers it, and no rule hides anything below it. */
  allowsPlace(path: string): boolean {
    const gate = this.gate('equipment')
    if (!gate.isShown({ unit: path, ...placeColumns(path) })) return false
    if (gate.rules.length === 0) return true
    const hidden = this.hiddenLeaves()
    if (this.places.leaves.includes(path)) return !hidden.has(path)
    const below = this.places.leaves.filter((leaf) => isUnder(leaf, path))
    if (below.length === 0) return gate.passes({ unit: path, ...placeColumns(path) })
    return below.every((leaf) => !hidden.has(leaf))
  }

  /** Something at or below the place is visible: that it exists is no secret. */
  touchesPlace(path: string): boolean {
    if (this.allowsPlace(path)) return true
    return this.places.leaves.some((leaf) => isUnder(leaf, path) && this.allowsPlace(leaf))
  }

  private hiddenLeaves(): ReadonlySet<string> {
    const gate = this.gate('equipment')
    this.hidden ??= new Set(this.places.leaves.filter((leaf) => !gate.passes({ unit: leaf, ...placeColumns(leaf) })))
    return this.hidden
  }
}
