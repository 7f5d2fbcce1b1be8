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
  // Vite would take graphql's development build for our files while packages take the one that Node resolves: two schemas' worlds.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
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
