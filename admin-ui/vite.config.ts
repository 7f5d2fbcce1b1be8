import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const host = process.env['TRAE_DEV_HOST'] ?? 'http://127.0.0.1:8000'

/** `vite --config admin-ui/vite.config.ts` develops against a running host; `vite build` fills dist/admin-ui. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/admin/',
  plugins: [alwaysProduction(), react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/admin-ui', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: addresses would need a wider content security policy
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ['/graphql', '/auth', '/l', '/p'].map(path => [
        path,
        { target: host, changeOrigin: false, ws: path === '/graphql' },
      ]),
    ),
  },
})

/** A test runner that builds us has NODE_ENV=test, which React would take for development and grow by half. */
function alwaysProduction(): Plugin {
  const before = process.env['NODE_ENV']
  return {
    name: 'always-production',
    apply: 'build',
    config: () => {
      process.env['NODE_ENV'] = 'production'
    },
    closeBundle: () => {
      if (before === undefined) delete process.env['NODE_ENV']
      else process.env['NODE_ENV'] = before
    },
  }
}
