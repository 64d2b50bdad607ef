/** The last part of an equipment path: `SUZ/MOLD/IM/IM01` → `IM01`. */
export function placeCode(path: string): string {
  return path.split('/').at(-1) ?? path
}

/** `OP40 漏测`: code and name, without saying the code twice. */
export function placeName(path: string, name: string): string {
  const code = placeCode(path)
  return name.includes(code) ? name : `${code} ${name}`
}
