// A host of its own, for tests that kill it: node host-process.ts <body of a plugin>. Says `done` when the call is over, and
// then has nothing more to do.
import { act, newSandbox, plugin } from './call-plugin.ts'

const sandbox = newSandbox()
const limits = { memoryMb: 64, cpuMs: 30_000, wallMs: 30_000 }
await act(sandbox, plugin('return 1'))
process.stdout.write('started\n')
await act(sandbox, plugin(process.argv[2] ?? 'return 1'), null, { limits })
process.stdout.write('done\n')
