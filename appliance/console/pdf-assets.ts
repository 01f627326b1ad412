import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const pdfjs = dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json')))

/**
 * What PDF.js fetches at run time, by folder: character maps of fonts that are not embedded (most Chinese ones), the
 * standard 14 fonts, and the JPEG 2000 and JBIG2 decoders as plain JavaScript. The WebAssembly forms stay out: they
 * would need `wasm-unsafe-eval` in the policy for a few milliseconds.
 */
const wanted: { from: string; to: string; keep: RegExp }[] = [
  { from: 'cmaps', to: 'pdf/cmaps', keep: /\.bcmap$|^LICENSE/ },
  { from: 'standard_fonts', to: 'pdf/standard_fonts', keep: /\.(pfb|ttf)$|^LICENSE/ },
  {
    from: 'wasm',
    to: 'pdf/decoders',
    keep: /_nowasm_fallback\.js$|^LICENSE_(JBIG2|OPENJPEG|PDFJS_JBIG2|PDFJS_OPENJPEG)$/,
  },
]

/** Copies these files into the build, so that the viewer asks nobody but the box. */
export function pdfAssets(): Plugin {
  return {
    name: 'tanbox:pdf-assets',
    apply: 'build',
    generateBundle() {
      for (const { from, to, keep } of wanted) {
        for (const file of readdirSync(join(pdfjs, from))
          .filter((name) => keep.test(name))
          .sort()) {
          this.emitFile({
            type: 'asset',
            fileName: `${to}/${file}`,
            source: readFileSync(join(pdfjs, from, file)),
          })
        }
      }
    },
  }
}
