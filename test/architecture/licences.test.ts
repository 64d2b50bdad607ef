import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Licences that allow use in a commercial product without passing obligations on to its users' code. */
const ALLOWED =
  /^\(?(MIT|MIT-0|ISC|BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|0BSD|CC0-1\.0|CC-BY-4\.0|CC-BY-3\.0|BlueOak-1\.0\.0|Unlicense|Python-2\.0|PostgreSQL|OFL-1\.1|WTFPL|Zlib|MPL-2\.0|Apache 2\.0|Apache License, Version 2\.0)\b/

/** Packages whose manifest has no licence field, with the licence read in their own files. */
const READ_BY_HAND: Record<string, string> = { dequeue: 'BSD-2-Clause', humanize: 'MIT', precond: 'MIT' }

interface Manifest {
  name: string
  version: string
  license?: string | { type: string }
  licenses?: { type: string }[]
}

function licenceOf(manifest: Manifest): string {
  if (typeof manifest.license === 'string') return manifest.license
  return (
    manifest.license?.type ??
    manifest.licenses?.map((licence) => licence.type).join(' OR ') ??
    READ_BY_HAND[manifest.name] ??
    'none'
  )
}

describe('the licences of all installed packages', () => {
  it('are named and on the allow-list', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { link?: boolean }>
    }
    const folders = Object.keys(lock.packages).filter(
      (path) => path.startsWith('node_modules/') && !lock.packages[path]?.link,
    )
    const installed = folders.filter((path) => existsSync(join(root, path, 'package.json')))
    const bad = installed
      .map((path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Manifest)
      .filter(
        (manifest) =>
          !licenceOf(manifest)
            .split(/ OR /i)
            .some((licence) => ALLOWED.test(licence.trim())),
      )
      .map((manifest) => `${manifest.name}@${manifest.version}: ${licenceOf(manifest)}`)
    expect(installed.length).toBeGreaterThan(300)
    expect(bad).toEqual([])
  })
})
