import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The verifier of the node, given hashes and signatures that need no help of the browser. */
export const machine = {
  'node:crypto': here('./src/machine/crypto.ts'),
}

/**
 * Puts script and styles into the page, and a policy before them that lets in nothing else: no request, no other
 * script, no form that leaves.
 */
function oneFile(): Plugin {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const html = bundle['index.html']
      if (html?.type !== 'asset') throw new Error('no page came out')
      let page = String(html.source)
      const policy: Record<'script' | 'style', string[]> = { script: [], style: [] }
      for (const [name, part] of Object.entries(bundle)) {
        if (part === html) continue
        const isScript = part.type === 'chunk'
        const text = isScript ? part.code.replaceAll('</script', '<\\/script') : String(part.source)
        const kind = isScript ? 'script' : 'style'
        const tag = isScript ? `<script type="module">${text}</script>` : `<style>${text}</style>`
        page = page.replace(new RegExp(`<(script|link)[^>]*${name}"[^>]*>(</script>)?`), '')
        page = page.replace(isScript ? '</body>' : '</head>', (end) => tag + end)
        policy[kind].push(`'sha256-${createHash('sha256').update(text).digest('base64')}'`)
        delete bundle[name]
      }
      const rules = [
        "default-src 'none'",
        `script-src ${policy.script.join(' ')}`,
        `style-src ${policy.style.join(' ')}`,
        "base-uri 'none'",
        "form-action 'none'",
      ]
      html.fileName = 'verify-receipt.html'
      html.source = page.replace(
        '<!-- policy -->',
        `<meta http-equiv="Content-Security-Policy" content="${rules.join('; ')}">`,
      )
    },
  }
}

export default defineConfig({
  root: here('.'),
  resolve: { alias: machine },
  plugins: [oneFile()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome111', 'safari16.4', 'firefox128'],
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
  },
})
