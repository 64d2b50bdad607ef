/** Topic rules: `+` levels are captured and fill `{1}`, `{2}` … of the point. */
import type { MqttSettings } from '@gemba/contracts/source'

export type MqttRule = MqttSettings['rules'][number]

export interface MatchedRule {
  readonly rule: MqttRule
  readonly point: string
}

function capture(filter: readonly string[], topic: readonly string[]): string[] | null {
  if (filter.length !== topic.length) return null
  const captured: string[] = []
  for (let index = 0; index < filter.length; index += 1) {
    if (filter[index] === '+') captured.push(topic[index] ?? '')
    else if (filter[index] !== topic[index]) return null
  }
  return captured
}

export class TopicRules {
  private readonly exact = new Map<string, MatchedRule>()
  private readonly patterns: { filter: string[]; rule: MqttRule }[] = []

  constructor(rules: readonly MqttRule[]) {
    for (const rule of rules) {
      if (rule.topic.includes('+')) this.patterns.push({ filter: rule.topic.split('/'), rule })
      else this.exact.set(rule.topic, { rule, point: rule.point })
    }
  }

  match(topic: string): MatchedRule | null {
    const exact = this.exact.get(topic)
    if (exact) return exact
    const levels = topic.split('/')
    for (const { filter, rule } of this.patterns) {
      const captured = capture(filter, levels)
      if (captured)
        return {
          rule,
          point: rule.point.replace(/\{(\d+)\}/g, (_text, number: string) => captured[Number(number) - 1] ?? ''),
        }
    }
    return null
  }

  get filters(): string[] {
    return [...new Set([...this.exact.keys(), ...this.patterns.map(({ filter }) => filter.join('/'))])]
  }
}

/** The value at a dotted path of a JSON payload. */
export function valueAt(payload: unknown, path: string): unknown {
  let value = payload
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined
  }
  return value
}
