/** Style and script of the status page. They stand in the page; the policy allows exactly these by their hashes. */
import { createHash } from 'node:crypto'

/** The console's colours (appliance/console/src/tokens.css). */
export const pageStyle = `
:root {
  --text: #1f2328; --muted: #59636e; --ground: #fff; --raised: #f6f8f7; --line: #d5dbd8;
  --primary: #0b6e4f; --link: #0b5cad; --good: #0b6e4f; --good-soft: #e2f1ea;
  --bad: #b42318; --bad-soft: #fdecea; --warn: #8a5a00; --warn-soft: #fdf3dc;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9e7; --muted: #9aa5a0; --ground: #121614; --raised: #1b211e; --line: #333c37;
    --primary: #4cc38a; --link: #7ab8ff; --good: #4cc38a; --good-soft: #17322a;
    --bad: #ff8a80; --bad-soft: #3a1d1b; --warn: #e9b44c; --warn-soft: #33280f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.25rem 1rem 3rem; background: var(--ground); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.35; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
h2 small { color: var(--muted); font-weight: 400; }
.side { margin-inline-start: auto; display: flex; align-items: baseline; gap: 1rem; }
a { color: var(--link); }
button {
  font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
  padding: .25rem .75rem; min-height: 2.25rem; cursor: pointer;
}
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
p { margin: 0 0 .75rem; }
.muted { color: var(--muted); }
.mark { display: inline-block; border-radius: 999px; padding: 0 .6rem; white-space: nowrap; }
.good { color: var(--good); background: var(--good-soft); }
.bad { color: var(--bad); background: var(--bad-soft); }
.warn { color: var(--warn); background: var(--warn-soft); }
.plain { color: var(--muted); background: var(--raised); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; margin-bottom: 1.5rem; }
section { background: var(--raised); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; min-width: 0; }
dl { display: grid; grid-template-columns: 1fr auto; gap: .125rem 1rem; margin: 0; }
dt { color: var(--muted); overflow-wrap: break-word; }
dd { margin: 0; text-align: end; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; }
th { text-align: start; color: var(--muted); font-weight: 400; padding: .25rem .75rem .25rem 0; white-space: nowrap; }
td, tbody th { border-top: 1px solid var(--line); padding: .5rem .75rem .5rem 0; vertical-align: top; }
tbody th { color: var(--text); font-weight: 600; white-space: normal; }
tbody th small { display: block; color: var(--muted); font-weight: 400; }
.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media (width < 48rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, tbody th, td { display: block; }
  tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  td, tbody th { border: 0; padding: .125rem 0; }
  td { display: flex; justify-content: space-between; gap: 1rem; text-align: end; }
  td::before { content: attr(data-label); color: var(--muted); text-align: start; }
}
`

/**
 * Brings the figures again every five seconds while somebody looks, and can be told not to. Without it the page is the
 * same and stands still.
 */
export const pageScript = `
const button = document.querySelector('button')
const stale = document.querySelector('[role=status]')
let paused = false
button.hidden = false
button.addEventListener('click', () => {
  paused = !paused
  button.textContent = paused ? button.dataset.goOn : button.dataset.pause
})
setInterval(async () => {
  if (paused || document.hidden) return
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(4000) })
    if (!response.ok) throw new Error()
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    document.querySelector('main').replaceWith(fresh.querySelector('main'))
    stale.textContent = ''
  } catch {
    stale.textContent = stale.dataset.stale
  }
}, 5000)
`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing from elsewhere, nothing but these two, and no frame around it. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src ${hashOf(pageStyle)}`,
  `script-src ${hashOf(pageScript)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
