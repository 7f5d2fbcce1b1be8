import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../core/config.ts'
import { ENVIRONMENT_VARIABLES } from '../../core/environment.ts'
import type { Core } from '../../core/context.ts'
import { healthRoutes } from '../../core/http/health.ts'
import specs from '../specs/kubernetes.json' with { type: 'json' }

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'deploy/kubernetes')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** By path below deploy/kubernetes. */
type Texts = Readonly<Record<string, string>>
const texts: Texts = Object.fromEntries(
  readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.yaml'))
    .map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(FOLDER.length + 1), readFileSync(path, 'utf8')]
    }),
)

// A member that Kubernetes does not know is a slip that it would pass over
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
for (const [id, schema] of Object.entries(specs.schemas)) ajv.addSchema(strictly(schema), `${id}#`)
function strictly(schema: object): object {
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...schema, additionalProperties: false }
    : schema
}
const SCHEMAS: Readonly<Record<string, string>> = {
  Deployment: 'io.k8s.api.apps.v1.Deployment',
  Service: 'io.k8s.api.core.v1.Service',
  ConfigMap: 'io.k8s.api.core.v1.ConfigMap',
  Secret: 'io.k8s.api.core.v1.Secret',
  Namespace: 'io.k8s.api.core.v1.Namespace',
  ServiceAccount: 'io.k8s.api.core.v1.ServiceAccount',
  PodDisruptionBudget: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  NetworkPolicy: 'io.k8s.api.networking.v1.NetworkPolicy',
  Ingress: 'io.k8s.api.networking.v1.Ingress',
  HorizontalPodAutoscaler: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
}
/** Of others than Kubernetes, and small ones: their few members are looked at one by one. */
const OTHERS = ['Kustomization', 'Component', 'PersistentVolumeClaim', 'ScaledObject', 'PodMonitor', 'PrometheusRule']

/** What Kubernetes would refuse, one sentence each. */
function refusals(files: Texts): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const object = parse(text) as { kind: string }
    const id = SCHEMAS[object.kind]
    if (id === undefined) return OTHERS.includes(object.kind) ? [] : [`${path}: the kind ${object.kind} is not known`]
    const validate = ajv.getSchema(`${id}#`)!
    if (validate(object)) return []
    return validate
      .errors!.filter(({ keyword }) => !['oneOf', 'type'].includes(keyword))
      .map(({ instancePath, message, params }) => `${path}${instancePath} ${message} ${JSON.stringify(params)}`)
  })
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: { readonly runAsUser: number; readonly runAsNonRoot: boolean }
  readonly volumes: readonly { readonly name: string }[]
  readonly containers: readonly {
    readonly envFrom: readonly Record<string, { readonly name: string }>[]
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
    readonly startupProbe: Probe
    readonly livenessProbe: Probe
    readonly readinessProbe: Probe
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
    readonly resources: { readonly requests: { readonly memory: string }; readonly limits: { readonly memory: string } }
    readonly securityContext: { readonly readOnlyRootFilesystem: boolean; readonly allowPrivilegeEscalation: boolean }
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  }[]
}
type Labels = Readonly<Record<string, string>>

/** MiB on Postgres, of the row that bench/README.md gives for one process. */
function measuredPeak(): number {
  const row = /^\| memory idle \/ peak, MiB[^|]*\| \d+ \/ (\d+) \|/m.exec(read('bench/README.md'))
  if (row === null) throw new Error('bench/README.md has no row "memory idle / peak, MiB | <idle> / <peak> |"')
  return Number(row[1])
}

const KEYS = { TRAE_ENCRYPTION_KEY: '0'.repeat(64), TRAE_BACKUP_KEY: '1'.repeat(64) }

/** Where the manifests and the program say different things, one sentence each. */
function contradictions(files: Texts): string[] {
  const faults: string[] = []
  const say = (wrong: boolean, fault: string) => void (wrong && faults.push(fault))
  const object = <T>(path: string) => parse(files[path]!) as T
  const deployment = object<{
    spec: {
      replicas?: number
      selector: { matchLabels: Labels }
      template: { metadata: { labels: Labels }; spec: PodSpec }
    }
  }>('base/deployment.yaml')
  const pod = deployment.spec.template.spec
  const [container] = pod.containers
  const config = object<{ data: Labels }>('base/config-map.yaml').data
  const secret = object<{ stringData: Labels }>('base/secret.example.yaml').stringData

  const known = new Set(ENVIRONMENT_VARIABLES.map(({ name }) => name))
  for (const name of [...Object.keys(config), ...Object.keys(secret)])
    say(!known.has(name), `${name} is no variable of the program`)
  for (const name of Object.keys(config))
    say(/KEY|PASSWORD|DATABASE_URL|TOKEN/.test(name), `${name} is a secret and stands in the ConfigMap`)
  const settings = readConfig({ ...config, ...secret, ...KEYS })

  const ports = new Map(container!.ports.map(({ name, containerPort }) => [name, containerPort]))
  const exposed = Number(/^EXPOSE (\d+)$/m.exec(read('Dockerfile'))![1])
  say(ports.get('http') !== exposed, `http is ${ports.get('http')}, the image exposes ${exposed}`)
  say(
    ports.get('metrics') !== settings.metrics.port,
    `metrics is ${ports.get('metrics')}, TRAE_METRICS_PORT ${settings.metrics.port}`,
  )
  const paths = healthRoutes({} as Core, () => false).stack.map(layer => layer.route?.path)
  for (const [name, probe] of Object.entries({
    startup: container!.startupProbe,
    liveness: container!.livenessProbe,
    readiness: container!.readinessProbe,
  })) {
    const { path, port } = probe.httpGet
    say(!paths.includes(path), `${name}: there is nothing at ${path}`)
    say(!ports.has(port), `${name}: there is no port ${port}`)
  }
  say(container!.livenessProbe.httpGet.path !== '/healthz', 'an outage of the database would restart every pod')
  const { ports: served } = object<{ spec: { ports: { targetPort: string }[] } }>('base/service.yaml').spec
  for (const { targetPort } of served)
    say(!ports.has(targetPort), `the service leads to ${targetPort}, which is no port`)

  const user = /^USER (\d+):(\d+)$/m.exec(read('Dockerfile'))![1]
  say(String(pod.securityContext.runAsUser) !== user, `runs as ${pod.securityContext.runAsUser}, the image as ${user}`)
  say(!pod.securityContext.runAsNonRoot, 'may run as root')
  say(!container!.securityContext.readOnlyRootFilesystem, 'may write anywhere')
  const mounted = container!.volumeMounts.map(({ mountPath }) => mountPath)
  const dataDir = /TRAE_DATA_DIR=(\S+)/.exec(read('Dockerfile'))![1]!
  for (const path of [dataDir, '/tmp']) say(!mounted.includes(path), `${path} cannot be written to`)

  const peak = measuredPeak()
  const [asked, limit] = [
    mebibytes(container!.resources.requests.memory),
    mebibytes(container!.resources.limits.memory),
  ]
  say(asked < peak, `asks for ${asked} MiB; ${peak} were measured at the peak`)
  say(limit < 2 * peak, `is ended at ${limit} MiB; ${peak} were measured at the peak without other people's plugins`)

  const preStop =
    Number(/setTimeout\(\(\) => \{\}, (\d+)\)/.exec(container!.lifecycle.preStop.exec.command.at(-1)!)![1]) / 1000
  const requests = Number(/options\.grace \?\? (\d+)_000/.exec(read('core/http/server.ts'))![1])
  const runs = Number(/async stop\(graceMs = (\d+)\)/.exec(read('core/runs/worker.ts'))![1]) / 1000
  const needed = preStop + requests + runs
  say(
    pod.terminationGracePeriodSeconds <= needed,
    `is killed after ${pod.terminationGracePeriodSeconds} s; to finish takes ${needed} s`,
  )

  const { labels } = deployment.spec.template.metadata
  const selectors: Record<string, Labels> = {
    deployment: deployment.spec.selector.matchLabels,
    service: object<{ spec: { selector: Labels } }>('base/service.yaml').spec.selector,
    budget: object<{ spec: { selector: { matchLabels: Labels } } }>('base/pod-disruption-budget.yaml').spec.selector
      .matchLabels,
    policy: object<{ spec: { podSelector: { matchLabels: Labels } } }>('base/network-policy.yaml').spec.podSelector
      .matchLabels,
    monitor: object<{ spec: { selector: { matchLabels: Labels } } }>('monitoring/pod-monitor.yaml').spec.selector
      .matchLabels,
  }
  for (const [name, selector] of Object.entries(selectors))
    say(
      Object.entries(selector).some(([key, value]) => labels[key] !== value),
      `${name}: selects other pods`,
    )

  say(deployment.spec.replicas !== undefined, 'replicas would undo what the autoscaler does at every apply')
  const hpa = object<{ spec: { minReplicas: number; maxReplicas: number } }>('hpa/horizontal-pod-autoscaler.yaml').spec
  const keda = object<{ spec: { minReplicaCount: number; maxReplicaCount: number } }>('keda/scaled-object.yaml').spec
  for (const [name, least, most] of [
    ['hpa', hpa.minReplicas, hpa.maxReplicas],
    ['keda', keda.minReplicaCount, keda.maxReplicaCount],
  ] as const)
    say(
      least !== settings.workersMin || most !== settings.workersMax,
      `${name}: from ${least} to ${most}; the program recommends from ${settings.workersMin} to ${settings.workersMax}`,
    )

  const { patches } = object<{ patches: { patch: string }[] }>('backup/kustomization.yaml')
  const patch = parse(patches[0]!.patch) as typeof deployment & { metadata: { name: string } }
  const patched = patch.spec.template.spec
  const [added] = patched.containers as unknown as [
    { name: string; env: { name: string; value: string }[]; volumeMounts: { name: string; mountPath: string }[] },
  ]
  const named = object<{ metadata: { name: string } }>('base/deployment.yaml').metadata.name
  say(patch.metadata.name !== named, `backup: patches ${patch.metadata.name}, the deployment is ${named}`)
  say(added.name !== 'trae-os', `backup: patches the container ${added.name}`)
  const environment = Object.fromEntries(added.env.map(({ name, value }) => [name, value]))
  for (const name of Object.keys(environment)) say(!known.has(name), `backup: ${name} is no variable of the program`)
  const { backup } = readConfig({ ...environment, ...KEYS })
  const mount = added.volumeMounts.find(({ mountPath }) => mountPath === backup.dir)
  say(mount === undefined, `backup: nothing is mounted at ${backup.dir}`)
  const claim = object<{ metadata: { name: string }; spec: { accessModes: string[] } }>(
    'backup/persistent-volume-claim.yaml',
  )
  const claimed = patched.volumes.find(({ name }) => name === mount?.name) as {
    persistentVolumeClaim?: { claimName: string }
  }
  say(
    mount !== undefined && claimed?.persistentVolumeClaim?.claimName !== claim.metadata.name,
    `backup: the volume is of another claim than ${claim.metadata.name}`,
  )
  say(!claim.spec.accessModes.includes('ReadWriteMany'), 'backup: only one node may mount the volume')
  for (const { name } of patched.volumes.filter(one => 'emptyDir' in one))
    say(!pod.volumes.some(one => one.name === name), `backup: enlarges the volume ${name}, which is none`)

  const { version } = JSON.parse(read('package.json')) as { version: string }
  const [image] = object<{ images: { newTag: string }[] }>('base/kustomization.yaml').images
  say(image!.newTag !== version, `the image is ${image!.newTag}, the program ${version}`)
  for (const [path, text] of Object.entries(files).filter(([name]) => basename(name) === 'kustomization.yaml')) {
    const folder = path.split('/')[0]!
    const { resources } = parse(text) as { resources: string[] }
    const there = Object.keys(files).flatMap(file => (file.startsWith(`${folder}/`) ? [basename(file)] : []))
    for (const resource of resources.filter(one => one !== '../base'))
      say(!there.includes(resource), `${path}: there is no ${resource}`)
    for (const file of there.filter(one => one !== 'kustomization.yaml' && !one.includes('.example.')))
      say(!resources.includes(file), `${path} leaves ${file} out`)
  }
  return faults
}

const mebibytes = (text: string) => Number(/^\d+/.exec(text)![0]) * (text.endsWith('Gi') ? 1024 : 1)

describe('deploy/kubernetes', () => {
  it('is what Kubernetes takes, and nothing that it would pass over', () => {
    expect(refusals(texts)).toEqual([])
    expect(Object.keys(texts).length).toBeGreaterThan(14)
  })

  it('says what the program says', () => {
    expect(contradictions(texts)).toEqual([])
  })

  const planted = (path: string, from: string | RegExp, to: string): Texts => {
    const text = texts[path]!.replace(from, to)
    expect(text).not.toBe(texts[path])
    return { ...texts, [path]: text }
  }

  it.each([
    [
      'a misspelt member',
      'base/deployment.yaml',
      'readinessProbe:',
      'readynessProbe:',
      /must NOT have additional properties.*readynessProbe/,
    ],
    [
      'a text for a number',
      'base/pod-disruption-budget.yaml',
      'apiVersion: policy/v1',
      'apiVersion: policy/v2',
      /must be equal to one of/,
    ],
    [
      'a missing target',
      'hpa/horizontal-pod-autoscaler.yaml',
      '  maxReplicas: 10\n',
      '',
      /must have required property 'maxReplicas'/,
    ],
  ])('%s would be refused', (_what, path, from, to, fault) => {
    expect(refusals(planted(path, from, to)).join('\n')).toMatch(fault)
  })

  it.each([
    [
      'a misspelt variable',
      'base/config-map.yaml',
      'TRAE_LOG_LEVEL',
      'TRAE_LOGGING',
      'TRAE_LOGGING is no variable of the program',
    ],
    [
      'backups into nowhere',
      'backup/kustomization.yaml',
      'mountPath: /backups',
      'mountPath: /backup',
      'backup: nothing is mounted at /backups',
    ],
    [
      'a volume that only one node may mount',
      'backup/persistent-volume-claim.yaml',
      'ReadWriteMany',
      'ReadWriteOnce',
      'backup: only one node may mount the volume',
    ],
    [
      'a secret for everybody',
      'base/config-map.yaml',
      'TRAE_LOG_LEVEL: info',
      'TRAE_METRICS_TOKEN: a-token-for-prometheus',
      'TRAE_METRICS_TOKEN is a secret and stands in the ConfigMap',
    ],
    [
      'another port',
      'base/deployment.yaml',
      'containerPort: 8000',
      'containerPort: 8080',
      'http is 8080, the image exposes 8000',
    ],
    [
      'a probe of nothing',
      'base/deployment.yaml',
      'path: /readyz',
      'path: /ready',
      'readiness: there is nothing at /ready',
    ],
    [
      'a liveness that depends',
      'base/deployment.yaml',
      /(livenessProbe:\s+httpGet:\s+path: )\/healthz/,
      '$1/readyz',
      'an outage of the database would restart every pod',
    ],
    ['another user', 'base/deployment.yaml', 'runAsUser: 1000', 'runAsUser: 999', 'runs as 999, the image as 1000'],
    [
      'less memory than was measured',
      'base/deployment.yaml',
      'memory: 512Mi',
      'memory: 256Mi',
      `asks for 256 MiB; ${measuredPeak()} were measured at the peak`,
    ],
    [
      'a grace that is too short',
      'base/deployment.yaml',
      'terminationGracePeriodSeconds: 60',
      'terminationGracePeriodSeconds: 30',
      'is killed after 30 s; to finish takes 30 s',
    ],
    [
      'a service of other pods',
      'base/service.yaml',
      'name: trae-os\n  ports',
      'name: trae\n  ports',
      'service: selects other pods',
    ],
    [
      'replicas beside an autoscaler',
      'base/deployment.yaml',
      'spec:\n',
      'spec:\n  replicas: 3\n',
      'replicas would undo what the autoscaler does at every apply',
    ],
    [
      'bounds that differ',
      'keda/scaled-object.yaml',
      'maxReplicaCount: 10',
      'maxReplicaCount: 50',
      'keda: from 2 to 50; the program recommends from 2 to 10',
    ],
    [
      'a file that is left out',
      'base/kustomization.yaml',
      '  - network-policy.yaml\n',
      '',
      'base/kustomization.yaml leaves network-policy.yaml out',
    ],
    [
      'an old image',
      'base/kustomization.yaml',
      'newTag: 0.1.0',
      'newTag: 0.0.9',
      'the image is 0.0.9, the program 0.1.0',
    ],
  ])('%s would be noticed', (_what, path, from, to, fault) => {
    expect(contradictions(planted(path, from, to))).toEqual([fault])
  })
})
