import { existsSync, readFileSync } from 'node:fs'
import { cp, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ENVIRONMENT_VARIABLES } from '../../core/environment.ts'
import { temporaryFolder, trae } from '../cli/trae.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

interface Service {
  readonly image?: string
  readonly build?: string
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly profiles?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** What is wrong with a compose file, one sentence each. */
function composeFaults(text: string): string[] {
  const { services, volumes } = parse(text) as { services: Record<string, Service>; volumes: Record<string, null> }
  const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name))
  const faults: string[] = []
  for (const [name, service] of Object.entries(services)) {
    if (!isPinned(service.image)) faults.push(`${name}: the image ${service.image} is not pinned to a version`)
    if (!service.healthcheck?.test.length) faults.push(`${name} has no health check`)
    for (const volume of service.volumes ?? [])
      if (volume.startsWith('./')) {
        if (!volume.endsWith(':ro')) faults.push(`${name}: ${volume} may be written to`)
        if (!existsSync(join(ROOT, volume.split(':')[0]!))) faults.push(`${name}: ${volume} is not there`)
      } else if (!Object.hasOwn(volumes, volume.split(':')[0] ?? ''))
        faults.push(`${name}: ${volume} is no named volume`)
    for (const port of service.ports ?? []) {
      if (!service.build && !service.profiles) faults.push(`${name} publishes ${port}`)
      else if (!port.startsWith('127.0.0.1:')) faults.push(`${name} publishes ${port} on every address`)
    }
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (service.build && !known.has(variable)) faults.push(`${name}: ${variable} is no variable of the program`)
      if (/KEY|PASSWORD|DATABASE_URL/.test(variable) && !/\$\{\w+:\?/.test(value))
        faults.push(`${name}: ${variable} is not demanded from outside`)
    }
  }
  if (!services['app']?.environment?.['TRAE_ENCRYPTION_KEY']) faults.push('app: TRAE_ENCRYPTION_KEY is not set')
  return faults
}

const isPinned = (image: string | undefined) => /^[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image ?? '')

/** What is wrong with a Dockerfile, and with what is kept from it. */
function dockerfileFaults(text: string, ignored: string): string[] {
  const lines = text.replace(/\\\n/g, ' ').split('\n')
  const instructions = lines
    .filter(line => /^[A-Z]+ /.test(line))
    .map(line => ({ word: line.split(' ')[0]!, rest: line.slice(line.indexOf(' ') + 1).trim() }))
  const last = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM'))
  const node = (JSON.parse(read('package.json')) as { dependencies: { node: string } }).dependencies.node
  const faults: string[] = []
  for (const { word, rest } of instructions) {
    if (word === 'FROM' && rest.split(' ')[0] !== `node:${node}-bookworm-slim`)
      faults.push(`${rest} is not the Node of package.json, ${node}`)
    if (word !== 'COPY' || rest.startsWith('--from')) continue
    for (const source of rest.split(/ +/).slice(0, -1)) {
      if (!existsSync(join(ROOT, source))) faults.push(`COPY ${source}: there is no such file`)
      if (!reaches(source, ignored)) faults.push(`COPY ${source}: .dockerignore keeps it out`)
    }
  }
  const user = last.find(({ word }) => word === 'USER')?.rest
  if (!user || /^(root|0)\b/.test(user)) faults.push('the last stage runs as root')
  if (!last.some(({ word, rest }) => word === 'HEALTHCHECK' && /CMD \["node", .*\/healthz/.test(rest)))
    faults.push('no health check in exec form')
  if (!last.some(({ word, rest }) => word === 'CMD' && /^\["node", ("--[^"]+", )*"core\/cli\/launch.js"/.test(rest)))
    faults.push('CMD is not in exec form')
  if (!last.some(({ word, rest }) => word === 'RUN' && rest.includes('npm ci --omit=dev')))
    faults.push('the last stage has development dependencies')
  for (const kept of ['test', 'bench', 'docs', '.git', '.env', 'node_modules', 'dist', 'data', 'README.md'])
    if (reaches(kept, ignored)) faults.push(`.dockerignore lets ${kept} in`)
  return faults
}

/** Does a top-level name reach the builder? The rules of .dockerignore as far as ours use them: the last that fits wins. */
function reaches(name: string, ignored: string): boolean {
  const rules = ignored.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return rules.reduce((allowed, rule) => {
    const pattern = rule.replace(/^!/, '').replace(/^\*\*\//, '')
    const fits = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name)
    return fits ? rule.startsWith('!') : allowed
  }, true)
}

describe('docker-compose.yml', () => {
  const compose = read('docker-compose.yml')

  it('pins every image, checks every service, publishes no database, demands its secrets', () => {
    expect(composeFaults(compose)).toEqual([])
    const { services } = parse(compose) as { services: Record<string, Service> }
    const always = Object.entries(services).filter(([, { profiles }]) => !profiles)
    expect(always.map(([name]) => name)).toEqual(['app', 'postgres', 'redis'])
    expect(Object.keys(services).slice(always.length)).toEqual(['prometheus', 'grafana'])
  })

  it.each([
    [
      'an image that moves',
      compose.replace('postgres:17.6-bookworm', 'postgres:latest'),
      'postgres: the image postgres:latest is not pinned to a version',
    ],
    [
      'a service without a health check',
      compose.replace(/ {4}healthcheck:\n {6}test: \[CMD, redis[^]*?retries: 10\n/, ''),
      'redis has no health check',
    ],
    [
      'a published database',
      compose.replace('    shm_size', "    ports: ['5432:5432']\n    shm_size"),
      'postgres publishes 5432:5432',
    ],
    ['an open port', compose.replace('127.0.0.1:8000:8000', '8000:8000'), 'app publishes 8000:8000 on every address'],
    [
      'a file that is not there',
      compose.replace('deploy/prometheus-rules.yaml', 'deploy/rules.yaml'),
      'prometheus: ./deploy/rules.yaml:/etc/prometheus/rules.yaml:ro is not there',
    ],
    [
      'a secret in the file',
      compose.replace(/(TRAE_ENCRYPTION_KEY:).*/, '$1 abc'),
      'app: TRAE_ENCRYPTION_KEY is not demanded from outside',
    ],
    [
      'a misspelt variable',
      compose.replace('TRAE_LOG_LEVEL:', 'TRAE_LOGLEVEL:'),
      'app: TRAE_LOGLEVEL is no variable of the program',
    ],
  ])('%s would be noticed', (_what, text, fault) => {
    expect(composeFaults(text)).toEqual([fault])
  })

  it('has an example with every variable that it demands', () => {
    const demanded = Array.from(compose.matchAll(/\$\{(\w+):\?/g), ([, name]) => name!)
    for (const name of new Set(demanded)) expect(read('deploy/env.example')).toMatch(new RegExp(`^${name}=`, 'm'))
  })
})

describe('the Dockerfile', () => {
  const [dockerfile, ignored] = [read('Dockerfile'), read('.dockerignore')]

  it('makes an image whose doctor finds sound what was built', { timeout: 180_000 }, async () => {
    const image = await temporaryFolder()
    const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    const copied = Array.from(lastStage.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, sources]) => sources!.split(' '))
    for (const source of ['dist', ...copied.flat()])
      await cp(join(ROOT, source), join(image, source), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(image, 'node_modules'))
    const launcher = join(image, 'core/cli/launch.js')
    const { stdout } = await trae(['doctor', '--json'], {
      launcher,
      cwd: image,
      env: { TRAE_DATA_DIR: await temporaryFolder() },
    })
    const { findings } = JSON.parse(stdout) as { findings: readonly { name: string; status: string }[] }
    const built = ['plugins', 'admin UI', 'first start', 'quick start']
    expect(findings.filter(({ name }) => built.includes(name)).map(({ name, status }) => [name, status])).toEqual(
      built.map(name => [name, 'ok']),
    )
  })

  it('copies what exists and what is let in, runs as nobody special, in exec form, on the Node of the lockfile', () => {
    expect(dockerfileFaults(dockerfile, ignored)).toEqual([])
  })

  it.each([
    [
      'another Node',
      dockerfile.replace('FROM node:24.21.0-bookworm-slim AS', 'FROM node:24 AS'),
      ignored,
      /^node:24 AS build is not the Node/,
    ],
    [
      'a folder that was moved',
      dockerfile.replace('COPY playbooks playbooks', 'COPY flows flows'),
      ignored,
      /^COPY flows: there is no such file/,
    ],
    [
      'a folder that is kept out',
      dockerfile,
      ignored.replace('!graphql\n', ''),
      /^COPY graphql: .dockerignore keeps it out/,
    ],
    ['tests in the image', dockerfile, `${ignored}!test\n`, /lets test in/],
    ['root', dockerfile.replace('USER 1000:1000', 'USER root'), ignored, /runs as root/],
    [
      'a shell before Node',
      dockerfile.replace(/CMD \["node", "--max.*/, 'CMD npm start'),
      ignored,
      /CMD is not in exec form/,
    ],
  ])('%s would be noticed', (_what, text, rules, fault) => {
    expect(dockerfileFaults(text, rules)[0]).toMatch(fault)
  })
})
