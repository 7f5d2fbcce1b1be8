#!/usr/bin/env node
/**
 * Starts `trae` on whatever Node the machine has (18 or later). The program itself needs Node 24.12, which comes with the
 * dependencies: an older Node runs that one in its place and stands in front of it like `exec` would, for signals,
 * terminal, exit code, and for being killed. Plain JavaScript, because an older Node reads no TypeScript.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const SELF = fileURLToPath(import.meta.url)
const ROOT = join(dirname(SELF), '../..')
const OWN_NODE = join(
  folderOf('node') ?? join(ROOT, 'node_modules/node'),
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)
const SIGNALS = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])

if (folderOf('zod') === undefined) {
  fail('The dependencies of TRAE OS are not installed. Run: npm ci')
} else if (isNewEnough(process.versions.node)) {
  // Under load V8 would let the old generation grow to four times what lives before it collects: 110 MiB at the peak of
  // bench:load, for no measurable CPU
  setFlagsFromString('--heap-growing-percent=50')
  nodeModule.enableCompileCache?.()
  const { useBundledPackages } = await import('./bundled-packages.js') // read by an older Node it would fail
  useBundledPackages()
  dieWithLauncher()
  endWithNpm()
  // The package for authors holds plain JavaScript: Node strips no types inside of node_modules
  const source = existsSync(join(dirname(SELF), 'trae.ts'))
  await import(source ? './trae.ts' : new URL('../../dist/package/core/cli/trae.js', import.meta.url).href)
} else if (process.env.TRAE_LAUNCHER) {
  fail(`The Node of the dependencies is ${process.version}, which is too old. Run: npm ci`) // never start another, and another
} else if (existsSync(OWN_NODE)) {
  runInstead(OWN_NODE)
} else {
  fail(
    `TRAE OS needs Node 24.12 or later; this is ${process.version}, and the one of its dependencies is missing. Run: npm ci`,
  )
}

/** Where a dependency is: below us, or beside us where we are one ourselves. @param {string} name */
function folderOf(name) {
  for (let above = ROOT; ; above = dirname(above)) {
    const folder = join(above, 'node_modules', name)
    if (existsSync(folder)) return folder
    if (dirname(above) === above) return undefined
  }
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 12)
}

/** What `npm start` says of memory goes along; whatever else was said to the other Node was meant for that one. @param {string} flag */
function isMemoryFlag(flag) {
  return flag.startsWith('--max-semi-space-size=')
}

/** @param {string} node */
function runInstead(node) {
  // The fourth channel carries nothing: it closes when this process is gone, however it went
  const child = spawn(node, [...process.execArgv.filter(isMemoryFlag), SELF, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TRAE_LAUNCHER: String(process.pid) },
  })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('error', error => fail(`${node} cannot be run: ${error.message}. Run: npm ci`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const caught of SIGNALS) process.removeAllListeners(caught)
    process.kill(process.pid, signal) // whoever waits for us sees what ended the program
  })
}

/** In the child of a launcher: a launcher that was killed leaves no program behind. */
function dieWithLauncher() {
  if (process.env.TRAE_LAUNCHER !== String(process.ppid) || !process.channel) return
  delete process.env.TRAE_LAUNCHER
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}

/**
 * Under `npm start`: npm passes SIGTERM on to the shell between it and us, which dies of it and tells nobody. When our
 * parent has changed, that has happened.
 */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const shell = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  watch.unref()
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
