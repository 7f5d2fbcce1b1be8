import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a runner is started; each level holds what the ones below hold (SANDBOX.md 5.10). */
export interface OsLevel {
  readonly name: string
  /** @param options the runner's own, as JSON */
  command(options: string, dataMb: number): readonly [file: string, ...args: string[]]
}

const RUNNER = fileURLToPath(new URL('runner.js', import.meta.url))
const JAIL = fileURLToPath(new URL('jail.sh', import.meta.url))
const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url))
const NAMESPACES = ['unshare', '--user', '--map-root-user', '--net', '--ipc']
const NO_RIGHTS = ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--']

/** The strongest first: who starts a runner goes down the list until one starts. */
export const OS_LEVELS: readonly OsLevel[] = [
  {
    name: '2 (namespaces: no network, no files but the runner; no capabilities; data limit)',
    command(options: string, dataMb: number) {
      const paths = [process.execPath, ...readable()]
      return limited(
        [...NAMESPACES, '--mount', '/bin/sh', JAIL, emptyPlace(paths), ...paths, '--', ...node(seatBelt(), options)],
        dataMb,
      )
    },
  },
  {
    name: '2 without a file tree of its own (namespaces: no network; no capabilities; data limit)',
    command: (options: string, dataMb: number) =>
      limited([...NAMESPACES, ...NO_RIGHTS, ...node(seatBelt(), options)], dataMb),
  },
  {
    name: '1 (data limit, no core dumps)',
    command: (options: string, dataMb: number) => limited(node(seatBelt(), options), dataMb),
  },
  { name: '0 (child process only)', command: (options: string) => node([], options) },
].slice(process.platform === 'linux' ? 0 : process.platform === 'win32' ? 3 : 2)

/** `isolated-vm` demands no snapshot; JIT-less is what makes `ulimit -d` exact and takes WebAssembly away. */
function node(flags: readonly string[], options: string): readonly [string, ...string[]] {
  return [process.execPath, '--jitless', '--no-node-snapshot', '--no-warnings', ...flags, RUNNER, options]
}

/** Everything `exec`s, so the process id stays. If the machine runs out of memory, the runner goes before the engine. */
function limited(command: readonly string[], dataMb: number): readonly [string, ...string[]] {
  const script = [
    `ulimit -c 0 && ulimit -n 128 && ulimit -d ${dataMb * 1024} || exit 125`,
    'echo 1000 2>/dev/null >/proc/self/oom_score_adj',
    'exec "$@"',
  ].join('\n')
  return ['/bin/sh', '-c', script, 'sh', ...command]
}

/** Node's permission model, as a seat belt: Node itself does not call it a wall. */
function seatBelt(): readonly string[] {
  const paths = readable().map(path => (path.endsWith('.json') ? path : `${path}/*`))
  const askedByLoader = '/etc/alpine-release' // which libc this is
  return ['--permission', '--allow-addons', ...[...paths, askedByLoader].map(path => `--allow-fs-read=${path}`)]
}

/** What the runner reads to start: this folder, isolated-vm and its loader, as linked and as they are. */
function readable(): readonly string[] {
  const engine = createRequire(import.meta.url).resolve('isolated-vm/package.json')
  const loader = createRequire(engine).resolve('node-gyp-build/package.json')
  const folders = [RUNNER, engine, loader].flatMap(file => [dirname(file), dirname(realpathSync(file))])
  return [...new Set([...folders, PACKAGE])]
}

/** A directory to build the jail in: it hides what is below, so nothing that is needed may be. */
function emptyPlace(needed: readonly string[]): string {
  return ['/mnt', '/tmp', '/srv'].find(place => !needed.some(path => path.startsWith(`${place}/`))) ?? '/media'
}
