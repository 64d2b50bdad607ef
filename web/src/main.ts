import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@fontsource/noto-sans-sc/400.css'
import '@fontsource/noto-sans-sc/500.css'
import './theme/fonts.css'
import './theme/tokens.css'
import './theme/board.css'
import './theme/base.css'
import './ui/table.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp, watch } from 'vue'
import { z } from 'zod'
import App from './App.vue'
import { whenSignedOut } from './connection/api.ts'
import { createQueryClient } from './connection/queries.ts'
import { useSession } from './connection/session-store.ts'
import { liveConnection } from './connection/use-channel.ts'
import { createLanguage } from './language/i18n.ts'
import { usePreferences } from './preferences/preferences-store.ts'
import { signInAddress } from './connection/sign-in-address.ts'
import { router } from './router.ts'
import { noteBug } from './shell/bug-report.ts'

// The content security policy forbids making code from text.
z.config({ jitless: true })

const app = createApp(App)
const pinia = createPinia()
app.use(pinia)
const preferences = usePreferences()
const language = createLanguage(preferences.language)
watch(
  () => preferences.language,
  (next) => (language.global.locale.value = next),
)
const queries = createQueryClient()
app.use(language)
app.use(VueQueryPlugin, { queryClient: queries })
app.use(router)
app.config.errorHandler = (error, _instance, place) => noteBug(error, place)
router.onError((error) => noteBug(error, 'route'))

function signedOut(): void {
  const session = useSession()
  const wasSignedIn = session.isSignedIn
  const wasDisplay = session.current?.means === 'device'
  session.ended()
  queries.clear()
  const at = router.currentRoute.value
  if (wasDisplay) void router.replace({ name: 'pair' })
  else if (!at.meta.public) void router.replace(signInAddress(at, wasSignedIn))
}
whenSignedOut(signedOut)
liveConnection().whenRefused((code) => {
  if (code === 'NOT_SIGNED_IN') signedOut()
})

app.mount('#app')
