const kept = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * What is read for several figures at once, read once: the same key for the same object of a page gives the same answer.
 * Without an object every call reads. It lives as long as the question does.
 */
export function readOnce<T>(shared: object | undefined, key: string, read: () => Promise<T>): Promise<T> {
  if (shared === undefined) return read()
  const mine = kept.get(shared) ?? new Map<string, Promise<unknown>>()
  kept.set(shared, mine)
  const known = (mine.get(key) as Promise<T> | undefined) ?? read()
  mine.set(key, known)
  return known
}
