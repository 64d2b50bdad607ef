import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One folder of `report-templates`. */
export interface ReadyTemplate {
  id: string
  template: string
}

const FOLDER = fileURLToPath(new URL('../../../report-templates/', import.meta.url))

/** The templates that come with the product; none when the folder was left out of an installation. */
export function readyTemplates(folder: string = FOLDER): ReadyTemplate[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'template.json')))
    .map(({ name: id }) => ({ id, template: readFileSync(join(folder, id, 'template.json'), 'utf8') }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}
