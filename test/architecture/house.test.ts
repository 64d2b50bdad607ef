import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)))
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

describe('the house', () => {
  it('names files after things of the domain, without drawers and barrels', () => {
    const drawers = tracked.filter((file) => /(^|\/)(utils?|common|helpers?|misc|shared)(\/|\.[tj]s$)/.test(file))
    const barrels = tracked.filter((file) => /\/index\.[tj]s$/.test(file))
    expect({ drawers, barrels }).toEqual({ drawers: [], barrels: [] })
  })

  it('names files in kebab-case and components in PascalCase', () => {
    const odd = tracked.filter((file) => {
      const name = file.split('/').at(-1) ?? ''
      if (file.endsWith('.vue')) return !/^[A-Z][A-Za-z0-9]*\.vue$/.test(name)
      // A component's test carries the name of its component.
      return file.endsWith('.ts') && !/^[a-z0-9.-]+\.ts$/.test(name) && !/^[A-Z][A-Za-z0-9]*\.test\.ts$/.test(name)
    })
    expect(odd).toEqual([])
  })

  it('has a map of at most 100 lines that names every folder of the rooms', () => {
    const map = textOf('docs/map.md')
    expect(map.split('\n').length).toBeLessThanOrEqual(100)
    const rooms = new Set(
      tracked
        .map((file) => /^((?:contracts|engine|server|web|collectors)\/src\/[a-z-]+|test\/[a-z-]+)\//.exec(file)?.[1])
        .filter((room): room is string => room !== undefined),
    )
    expect([...rooms].filter((room) => !map.includes(`\`${room}`))).toEqual([])
  })

  it('pins every dependency exactly', () => {
    const loose = tracked
      .filter((file) => file.endsWith('package.json'))
      .flatMap((file) => {
        const manifest = JSON.parse(textOf(file)) as Record<string, Record<string, string> | undefined>
        return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
          Object.entries(manifest[kind] ?? {})
            .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
            .map(([name, version]) => `${file}: ${name}@${version}`),
        )
      })
    expect(loose).toEqual([])
  })

  it('holds no machine paths and no registry addresses', () => {
    const pattern = /(\/home\/[a-z]+\/|\/root\/|\/work\/(main|shared)|registry\.npmjs|https?:\/\/registry\.)/
    const bad = tracked
      .filter((file) => /\.(ts|mjs|vue|md|json|sql|css|html|yml)$/.test(file) && !file.startsWith('test/architecture/'))
      .filter((file) => pattern.test(textOf(file)))
    expect(bad).toEqual([])
  })

  it('documents every error code, and only codes that exist', () => {
    const table = textOf('server/src/http/fault-codes.ts')
    const inCode = [...table.matchAll(/^\s{2}([A-Z][A-Z0-9_]+): ?\{/gm)].map((match) => match[1])
    const inManual = [...textOf('docs/errors.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map((match) => match[1])
    expect(inCode.length).toBeGreaterThan(5)
    expect(inManual.toSorted()).toEqual(inCode.toSorted())
  })
})
