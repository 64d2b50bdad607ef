const KEY = 'gemba.share.'

/**
 * The secret of a link, out of the part of the address behind `#`. It is kept for this tab and taken out of the address:
 * there it would stand on shared screens, in printouts and in the history.
 */
export function takeSecret(link: string): string | null {
  const given = location.hash.slice(1)
  try {
    if (given === '') return sessionStorage.getItem(KEY + link)
    sessionStorage.setItem(KEY + link, given)
  } catch {
    // Storage may be forbidden: then the address keeps what a reload needs.
    return given === '' ? null : given
  }
  history.replaceState(history.state, '', location.pathname + location.search)
  return given
}
