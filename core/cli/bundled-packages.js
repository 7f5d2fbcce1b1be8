/**
 * What the program imports from npm, as `trae build` bundled it: about thirty files in the place of 1,700, which halves the
 * time that Node takes to load us. Plain JavaScript, because the launcher uses it before any TypeScript is read.
 *
 * A bundle counts only for the package-lock.json that it was made of; otherwise Node finds the packages as it always does. All
 * imports of a package go one way, so that nothing of it is there twice.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = resolve(import.meta.dirname, '../..')

const OWN_FILE = /^\.\.?\/[^?#]*\.ts$/

/** @typedef {{ lock: string, files: Record<string, string>, packages: string[] }} Index `files`: by specifier; `packages`: names of those that are bundled */

/** SHA-256 of what `npm ci` installs. */
export function lockHash(root = ROOT) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/** From here on imports find the bundles, where there are any that fit. */
export function useBundledPackages(root = ROOT) {
  const folder = join(root, 'dist/packages')
  const index = readIndex(root, folder)
  if (!index) return
  const urls = new Map(
    Object.entries(index.files).map(([name, file]) => [name, pathToFileURL(join(folder, file)).href]),
  )
  const bundled = new Set(index.packages)
  const ours = `${pathToFileURL(root).href}/`
  registerHooks({
    resolve(specifier, context, next) {
      if (!context.conditions.includes('import')) return next(specifier, context)
      // Our own files say exactly where they are: looking for links and package.json files around 700 of them takes a fifth
      // of the start
      if (OWN_FILE.test(specifier) && context.parentURL?.startsWith(ours))
        return { url: new URL(specifier, context.parentURL).href, format: 'module-typescript', shortCircuit: true }
      const url = urls.get(specifier)
      if (url) return { url, format: 'module', shortCircuit: true }
      if (bundled.has(packageOf(specifier)) && !context.parentURL?.includes('/node_modules/'))
        throw new Error(`dist/packages lacks ${specifier}, which the program imports now. Run: npm run build`)
      return next(specifier, context)
    },
  })
}

/** @param {string} root @param {string} folder @returns {Index | undefined} */
function readIndex(root, folder) {
  try {
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))
    return index.lock === lockHash(root) ? index : undefined
  } catch {
    return undefined // never built, or a package of npm, which has no lockfile
  }
}

/** `@mikro-orm/core` of `@mikro-orm/core/file`. @param {string} specifier */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
