import type { RouteLocationNormalized } from 'vue-router'

/** Where to go after signing in; only addresses of this application. */
export function addressAfterSignIn(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/'
}

/** The sign-in page with the way back; `ended` tells the reader that a session was over, not that none began. */
export function signInAddress(from: Pick<RouteLocationNormalized, 'fullPath'>, ended = false) {
  const query = { ...(from.fullPath === '/' ? {} : { next: from.fullPath }), ...(ended ? { ended: '1' } : {}) }
  return { name: 'sign-in', query }
}
