// Sets theme and language on <html> before anything is painted. Keys and rules are those of src/shell/preferences.ts.
;(() => {
  const read = (key) => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null // storage can be switched off; the choice then lasts as long as the page
    }
  }
  const root = document.documentElement
  const theme = read('tanbox.theme')
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  const language = read('tanbox.language') ?? navigator.language
  root.lang = language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
})()
