/**
 * Given to Node with `--import`, in the processes that run an author's tests: `trae-os/sdk` and `trae-os/sdk/testing` are those of
 * this program, whatever the author's folder has installed.
 */
import { extname } from 'node:path'
import { registerHooks } from 'node:module'

const end = extname(import.meta.filename) // .ts here, .js in the package
const OURS: Readonly<Record<string, string>> = {
  'trae-os/sdk': new URL(`../sdk/sdk${end}`, import.meta.url).href,
  'trae-os/sdk/testing': new URL(`testing${end}`, import.meta.url).href,
}

registerHooks({
  resolve: (specifier, context, next) => next(OURS[specifier] ?? specifier, context),
})
