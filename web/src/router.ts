import type { Role, SessionAnswer } from '@gemba/contracts/api'
import { type RouteLocationNormalized, type RouteLocationRaw, createRouter, createWebHistory } from 'vue-router'
import { useSession } from './connection/session-store.ts'
import { signInAddress } from './connection/sign-in-address.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open without a session. */
    public?: boolean
    /** The whole window, without top bar and navigation. */
    bare?: boolean
    /** The page fills the room beside a narrow navigation and scrolls in itself. */
    fills?: boolean
    /** Who has business here; absent = everybody who is signed in. The server decides; this only says so in time. */
    roles?: readonly Role[]
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
    {
      path: '/pair',
      name: 'pair',
      component: () => import('./accounts/PairPage.vue'),
      meta: { public: true, bare: true, title: 'accounts.pair.title' },
    },
    {
      path: '/proof',
      name: 'proof',
      component: () => import('./identity/ProofPage.vue'),
      meta: { public: true, bare: true, title: 'identity.proofDone' },
    },
    {
      path: '/s/:link',
      name: 'share',
      component: () => import('./shares/SharePage.vue'),
      props: true,
      meta: { public: true, bare: true, title: 'shares.title' },
    },
    {
      path: '/shares',
      name: 'shares',
      component: () => import('./shares/SharesPage.vue'),
      meta: { title: 'shares.title', roles: ['admin', 'manager', 'plant-it'] },
    },
    {
      path: '/profile',
      name: 'profile',
      component: () => import('./accounts/ProfilePage.vue'),
      meta: { title: 'accounts.profile.title' },
    },
    {
      path: '/displays',
      name: 'displays',
      component: () => import('./accounts/DisplaysPage.vue'),
      meta: { title: 'accounts.displays.title', roles: ['admin', 'manager'] },
    },
    {
      path: '/sign-in-settings',
      name: 'sign-in-settings',
      component: () => import('./accounts/SignInSettingsPage.vue'),
      meta: { title: 'accounts.settings.title', roles: ['admin'] },
    },
    {
      path: '/records',
      name: 'records',
      component: () => import('./signatures/RecordsPage.vue'),
      meta: { title: 'signatures.records', roles: ['admin', 'quality', 'manager', 'operator', 'auditor'] },
    },
    {
      path: '/audit',
      name: 'audit',
      component: () => import('./audit/AuditPage.vue'),
      meta: { title: 'audit.title', roles: ['admin', 'quality', 'auditor'] },
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
      path: '/reports',
      name: 'reports',
      component: () => import('./reports/ReportsPage.vue'),
      meta: { title: 'reports.title' },
    },
    {
      path: '/reports/:id',
      name: 'report',
      component: () => import('./reports/ReportPage.vue'),
      props: true,
      meta: { title: 'reports.title', fills: true },
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
      path: '/deliveries',
      name: 'deliveries',
      component: () => import('./deliveries/DeliveriesPage.vue'),
      meta: { title: 'deliveries.title' },
    },
    {
      path: '/foreign-data',
      name: 'foreign-data',
      component: () => import('./foreign/ForeignPage.vue'),
      meta: { title: 'foreign.title' },
    },
    {
      path: '/mail-settings',
      name: 'mail-settings',
      component: () => import('./mail/MailSettingsPage.vue'),
      meta: { title: 'mail.title', roles: ['admin', 'plant-it'] },
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
      path: '/changes',
      name: 'changes',
      component: () => import('./changes/ChangesPage.vue'),
      meta: { title: 'changes.title', roles: ['admin', 'quality', 'manager', 'plant-it', 'auditor'] },
    },
    {
      path: '/no-access',
      name: 'denied',
      component: () => import('./shell/DeniedPage.vue'),
      meta: { title: 'shell.denied' },
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
  if (who === null) return signInAddress(to)
  return who ? detourOf(who, to) : true
})

/** Displays see their boards only; who has to finish signing in does so on the own profile. */
function detourOf(who: SessionAnswer, to: RouteLocationNormalized): RouteLocationRaw | true {
  if (who.boards !== null) {
    const [first] = who.boards
    if (to.name === 'board' && who.boards.includes(String(to.params['id']))) return true
    return first === undefined ? { name: 'pair' } : { name: 'board', params: { id: first } }
  }
  if (who.needs.length > 0) return to.name === 'profile' ? true : { name: 'profile' }
  const { roles } = to.meta
  return !roles || who.roles.some((role) => roles.includes(role)) ? true : { name: 'denied' }
}
