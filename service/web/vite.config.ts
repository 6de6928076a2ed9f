// Builds the pages into dist/, the staff's and the residents': relative addresses, nothing inlined, so that a strict CSP holds.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The residents' page shares nothing with the other but its colours: it must stay small.
    rolldownOptions: { input: { index: 'index.html', where: 'where.html' } },
    // The map alone is larger than the default limit; it comes as a chunk of its own, once.
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8015' } },
});
