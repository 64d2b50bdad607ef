import type { MappedDomain } from '@gemba/contracts/code-mapping'
import { normalCode } from './normal-code.ts'

/** The meaning of a code from an instant on; later records win over earlier ones of the same instant. */
export interface CodeRule {
  domain: MappedDomain
  source: string
  code: string
  /** null = withdrawn. */
  target: string | null
  validFromAt: number
}

/** What a code of a source means in a stretch of time. */
export interface CodeMeaning {
  source: string
  code: string
  target: string
  fromAt: number
  toAt: number
}

/** Every rule there is, and what the catalog knows by itself. */
export interface CodeBookInput {
  /** In the order in which they were recorded. */
  rules: readonly CodeRule[]
  /** Ids of the catalog by domain: a code that is one of them needs no mapping. */
  known: Readonly<Record<MappedDomain, readonly string[]>>
}

const keyOf = (domain: MappedDomain, source: string, code: string): string => `${domain}\n${source}\n${code}`

/** Looks codes up: as written first, then by their normal form where that is unambiguous. Never guesses. */
export class CodeBook {
  private readonly rules = new Map<string, CodeRule[]>()
  /** Normal form → the one written form; null = several, so none. */
  private readonly written = new Map<string, string | null>()
  private readonly known: Record<MappedDomain, Set<string>>
  private readonly knownNormal = new Map<string, string | null>()

  constructor({ rules, known }: CodeBookInput) {
    for (const rule of rules) {
      const key = keyOf(rule.domain, rule.source, rule.code)
      const list = this.rules.get(key)
      if (list) list.push(rule)
      else this.rules.set(key, [rule])
      remember(this.written, keyOf(rule.domain, rule.source, normalCode(rule.code)), rule.code)
    }
    // Stable: of two for one instant the one recorded later stays behind the other.
    for (const list of this.rules.values()) list.sort((a, b) => a.validFromAt - b.validFromAt)
    this.known = {
      reason: new Set(known.reason),
      material: new Set(known.material),
      'work-center': new Set(known['work-center']),
    }
    for (const [domain, ids] of Object.entries(known))
      for (const id of ids) remember(this.knownNormal, `${domain}\n${normalCode(id)}`, id)
  }

  /** What a source's code means at an instant (ms); null = unmapped. */
  resolve({ domain, source, code }: Pick<CodeRule, 'domain' | 'source' | 'code'>, at: number): string | null {
    const direct = this.ruleAt(keyOf(domain, source, code), at)
    if (direct) return direct.target ?? this.ownMeaning(domain, code)
    if (this.known[domain].has(code)) return code
    const written = this.written.get(keyOf(domain, source, normalCode(code)))
    const alike = written ? this.ruleAt(keyOf(domain, source, written), at) : null
    if (alike?.target) return alike.target
    return this.ownMeaning(domain, code)
  }

  /** Stretches of time in which codes of some sources mean something else than themselves; half-open, ms. */
  meanings(domain: MappedDomain, sources: readonly string[]): CodeMeaning[] {
    return [...this.rules.values()].flatMap((rules) => {
      const [first] = rules
      if (!first || first.domain !== domain || !sources.includes(first.source)) return []
      return rules.flatMap(({ source, code, target, validFromAt }, index) => {
        const toAt = rules[index + 1]?.validFromAt ?? Infinity
        const isSilent = target === null || target === code || toAt <= validFromAt
        return isSilent ? [] : [{ source, code, target, fromAt: validFromAt, toAt }]
      })
    })
  }

  private ruleAt(key: string, at: number): CodeRule | null {
    return this.rules.get(key)?.findLast((rule) => rule.validFromAt <= at) ?? null
  }

  private ownMeaning(domain: MappedDomain, code: string): string | null {
    if (this.known[domain].has(code)) return code
    return this.knownNormal.get(`${domain}\n${normalCode(code)}`) ?? null
  }
}

function remember(map: Map<string, string | null>, key: string, value: string): void {
  const before = map.get(key)
  map.set(key, before === undefined || before === value ? value : null)
}
