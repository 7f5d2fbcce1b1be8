import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest first: what takes minutes begins while the other worker has much to do. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const long = ({ moduleId }: TestSpecification) => Number(/\/test\/(crash|ui)\/|killed|hard-days/.test(moduleId))
    return sorted.toSorted((a, b) => long(b) - long(a))
  }
}

export default defineConfig({
  resolve: {
    alias: [
      // Vite would take graphql's development build for our files while packages take the one that Node resolves: two schemas' worlds.
      { find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) },
      // The package's own exports lead to what `npm pack` makes
      { find: /^trae-os\/sdk$/, replacement: resolve(import.meta.dirname, 'core/sdk/sdk.ts') },
      { find: /^trae-os\/sdk\/testing$/, replacement: resolve(import.meta.dirname, 'core/testing/testing.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // A runner that others share stalls for seconds now and then. What passes only at its second try is named as such in the report.
    retry: process.env['CI'] ? 1 : 0,
    expect: { poll: { timeout: 10_000 } }, // the default second is short where two cores are busy
  },
})
