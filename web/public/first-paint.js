// Runs before the first paint, so that a reader of the dark theme sees no white flash.
;(function () {
  try {
    var stored = JSON.parse(localStorage.getItem('gemba.preferences') || '{}')
    var system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
    var theme = stored.theme === 'dark' || stored.theme === 'light' ? stored.theme : system
    document.documentElement.classList.toggle('dark', theme === 'dark')
    if (stored.language) document.documentElement.lang = stored.language
  } catch {
    // Storage may be forbidden; the light theme is right then.
  }
})()
