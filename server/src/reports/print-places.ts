import { placeName } from './cell-links.ts'

/** Pages that were printed together, and the places of links that stand on them. */
export interface Print {
  bytes: Uint8Array
  places: ReadonlySet<string>
}

const PLACE = new RegExp(` (id|href)="#?${placeName('([A-Z]+[0-9]+)')}"`, 'g')

/** Places of links on pages of markup, and how often links lead to each. */
export function placesOn(bodies: readonly string[]): { places: Set<string>; links: Map<string, number> } {
  const places = new Set<string>()
  const links = new Map<string, number>()
  for (const body of bodies)
    for (const [, attribute, place = ''] of body.matchAll(PLACE))
      if (attribute === 'id') places.add(place)
      else links.set(place, (links.get(place) ?? 0) + 1)
  return { places, links }
}

/**
 * What a print is given unseen because others follow or precede it: a browser leaves out links whose place it does not
 * see, and places that no link of the same print leads to.
 */
export const standIns = (own: Iterable<string>, elsewhere: readonly string[]): string =>
  [
    ...Array.from(own, (place) => `<a href="#${placeName(place)}"></a>`),
    ...elsewhere.map((place) => `<a id="${placeName(place)}"></a>`),
  ].join('')
