/**
 * zod, as plugin authors get it: `import { z } from 'trae-os/sdk'` says what an action takes and gives.
 *
 * A schema is read once, while the plugin is built, and becomes JSON Schema in the manifest; the host checks every input
 * and output against that, outside the sandbox. In the bundle that runs, the build puts `schema-at-runtime.ts` in the
 * place of this file, so that zod costs a plugin neither bytes nor start-up time.
 */
export { z } from 'zod'
