/** One line of a bill of materials: `material` takes `component`. */
export interface ComponentLine {
  material: string
  component: string
}

/**
 * Materials that contain themselves, directly or through others: each cycle once, as the path from its smallest name back
 * to it (`['A', 'B', 'A']`), sorted. Empty = the bill of materials can be exploded. Linear in the number of lines.
 */
export function componentCycles(lines: readonly ComponentLine[]): string[][] {
  const below = new Map<string, string[]>()
  for (const { material, component } of lines) below.set(material, [...(below.get(material) ?? []), component])
  const done = new Set<string>()
  const cycles = new Map<string, string[]>()
  for (const start of [...below.keys()].sort()) {
    // A stack of its own: a deep bill of materials must not end the program.
    const path: string[] = []
    const onPath = new Set<string>()
    const open: { material: string; next: number }[] = done.has(start) ? [] : [{ material: start, next: 0 }]
    while (open.length > 0) {
      const top = open[open.length - 1] as { material: string; next: number }
      if (top.next === 0) {
        path.push(top.material)
        onPath.add(top.material)
      }
      const component = below.get(top.material)?.[top.next]
      top.next += 1
      if (component === undefined) {
        open.pop()
        onPath.delete(path.pop() as string)
        done.add(top.material)
      } else if (onPath.has(component)) {
        const cycle = fromSmallest(path.slice(path.indexOf(component)))
        cycles.set(cycle.join('\n'), cycle)
      } else if (!done.has(component)) open.push({ material: component, next: 0 })
    }
  }
  return [...cycles.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cycle]) => cycle)
}

function fromSmallest(cycle: readonly string[]): string[] {
  const smallest = cycle.reduce((least, each, index) => (each < (cycle[least] as string) ? index : least), 0)
  const turned = [...cycle.slice(smallest), ...cycle.slice(0, smallest)]
  return [...turned, turned[0] as string]
}
