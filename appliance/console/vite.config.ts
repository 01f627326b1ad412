import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { pdfAssets } from './pdf-assets.ts'

export default defineConfig({
  plugins: [react(), tailwind(), pdfAssets()],
  // The test runner brings an older React to the root of node_modules; the console has one, its own.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome111', 'safari16.4', 'firefox128'],
    manifest: true,
    // Browsers without modulepreload load the same files a little later.
    modulePreload: { polyfill: false },
    // The policy allows no `data:` scripts or fonts: every asset is a file.
    assetsInlineLimit: 0,
    // The worker and the viewer of PDF.js are large by nature and load only when a PDF is opened.
    chunkSizeWarningLimit: 1500,
  },
})
