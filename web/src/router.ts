import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './connection/session-store.ts'
import { signInAddress } from './connection/sign-in-address.ts'

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
      path: '/metrics',
      name: 'metrics',
      component: () => import('./metrics/MetricsPage.vue'),
      meta: { title: 'shell.metrics' },
    },
    {
      path: '/sources',
      name: 'sources',
      component: () => import('./sources/SourcesPage.vue'),
      meta: { title: 'shell.sources' },
    },
    {
      path: '/access',
      name: 'access',
      component: () => import('./access/AccessPage.vue'),
      meta: { title: 'shell.access' },
    },
    {
      path: '/policies',
      name: 'policies',
      component: () => import('./policies/PoliciesPage.vue'),
      meta: { title: 'shell.policies' },
    },
    {
      path: '/:rest(.*)*',
      name: 'not-found',
      component: () => import('./shell/NotFoundPage.vue'),
      meta: { title: 'shell.notFound' },
    },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (to.meta.public) return true
  // The server may be away: the page then says so itself.
  const who = await session.ensure().catch(() => undefined)
  return who === null ? signInAddress(to) : true
})
