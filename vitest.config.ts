import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would take graphql's development build for our files while packages take the one that Node resolves: two schemas' worlds.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A runner that others share stalls for seconds now and then. What passes only at its second try is named as such in the report.
    retry: process.env['CI'] ? 1 : 0,
    expect: { poll: { timeout: 10_000 } }, // the default second is short where two cores are busy
  },
})
