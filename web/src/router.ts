import { type RouteLocationNormalized, createRouter, createWebHistory } from 'vue-router'
import { useSession } from './connection/session-store.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open without a session. */
    public?: boolean
    /** The whole window, without top bar and navigation. */
    bare?: boolean
    /** Key of the page's name. */
    title?: string
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./accounts/SignInPage.vue'),
      meta: { public: true, bare: true, title: 'accounts.signIn' },
    },
    { path: '/', name: 'home', component: () => import('./home/HomePage.vue'), meta: { title: 'shell.home' } },
    {
      path: '/boards',
      name: 'boards',
      component: () => import('./home/BoardListPage.vue'),
      meta: { title: 'shell.boards' },
    },
    {
      path: '/boards/:id',
      name: 'board',
      component: () => import('./boards/BoardPage.vue'),
      props: true,
      meta: { bare: true, title: 'shell.boards' },
    },
    {
      path: '/sources',
      name: 'sources',
      component: () => import('./sources/SourcesPage.vue'),
      meta: { title: 'shell.sources' },
    },
    {
      path: '/:rest(.*)*',
      name: 'not-found',
      component: () => import('./shell/NotFoundPage.vue'),
      meta: { title: 'shell.notFound' },
    },
  ],
})

/** Where to go after signing in; only addresses of this application. */
export function addressAfterSignIn(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/'
}

/** The sign-in page with the way back; `ended` tells the reader that a session was over, not that none began. */
export function signInAddress(from: Pick<RouteLocationNormalized, 'fullPath'>, ended = false) {
  const query = { ...(from.fullPath === '/' ? {} : { next: from.fullPath }), ...(ended ? { ended: '1' } : {}) }
  return { name: 'sign-in', query }
}

router.beforeEach(async (to) => {
  const session = useSession()
  if (to.meta.public) return true
  // The server may be away: the page then says so itself.
  const who = await session.ensure().catch(() => undefined)
  return who === null ? signInAddress(to) : true
})
