import { join, resolve } from 'node:path'

/** The folder of the program: where package.json is. */
export const ROOT = resolve(import.meta.dirname, '../..')
export const DIST = join(ROOT, 'dist')
