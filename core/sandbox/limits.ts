/** What the host holds every runner and every call to, whatever a manifest asks. */
export interface HostLimits {
  /** Runner processes for ordinary calls; a workspace always goes to the same one. */
  readonly runners: number
  /** Keep one more runner started, so that a death costs 15 ms instead of a start (about 50 MB). */
  readonly standby: boolean
  /** Data segment of a runner, by the kernel where it can. */
  readonly dataMb: number
  /** Resident memory at which a runner is ended. */
  readonly rssMb: number
  readonly inputBytes: number
  readonly outputBytes: number
  /** One answer of a capability, as JSON. */
  readonly answerBytes: number
  readonly bundleBytes: number
  readonly jsonDepth: number
  readonly jsonNodes: number
  /** Calls of one plugin and workspace that run at once in its isolate. */
  readonly callsPerPlugin: number
  /** Calls that run at once in one runner. */
  readonly callsPerRunner: number
  /** Calls that wait, for one plugin and workspace, and for one runner. */
  readonly queuePerPlugin: number
  readonly queuePerRunner: number
  /** A call waits at most so long for its turn. */
  readonly queueMs: number
  /** From CANCEL, or from `dispose`, to SIGKILL. */
  readonly killAfterMs: number
  /** A plugin whose call killed a runner is called alone, in quarantine, for so long. */
  readonly quarantineMs: number
  /** So many calls of an isolate that were ended by force, within so long, and it is not called for a while: at first, and at most. */
  readonly breakerFailures: number
  readonly breakerWindowMs: number
  readonly breakerOpenMs: number
  readonly breakerMostMs: number
  /** An extra runner (quarantine, inspection) is ended when idle for so long. */
  readonly idleMs: number
  readonly memoryMb: number
  readonly cpuMs: number
  readonly wallMs: number
  readonly loadCpuMs: number
  /** Warm isolates of a runner, and how long they stay warm when nobody calls. */
  readonly isolates: number
  readonly isolateIdleMs: number
  readonly callsPerIsolate: number
  readonly hostCalls: number
  readonly hostCallsAtOnce: number
  /** Of one call: what it may ask the host with in all, and what of the answers is kept for a replay; characters of JSON. */
  readonly askedBytes: number
  readonly rememberedBytes: number
  readonly logLines: number
}

/** SANDBOX.md 5.5. `memoryMb`, `cpuMs` and `wallMs` are ceilings for what a manifest may ask. */
export const HOST_LIMITS: HostLimits = {
  runners: 1,
  standby: false,
  dataMb: 400,
  rssMb: 350,
  inputBytes: 1024 * 1024,
  outputBytes: 1024 * 1024,
  answerBytes: 4 * 1024 * 1024,
  bundleBytes: 5 * 1024 * 1024,
  jsonDepth: 64,
  jsonNodes: 200_000,
  callsPerPlugin: 8,
  callsPerRunner: 64,
  queuePerPlugin: 512,
  queuePerRunner: 2048,
  queueMs: 30_000,
  killAfterMs: 400,
  quarantineMs: 60_000,
  breakerFailures: 5,
  breakerWindowMs: 60_000,
  breakerOpenMs: 60_000,
  breakerMostMs: 60 * 60_000,
  idleMs: 5_000,
  memoryMb: 256,
  cpuMs: 30_000,
  wallMs: 15 * 60_000,
  loadCpuMs: 1_000,
  isolates: 100,
  isolateIdleMs: 60_000,
  callsPerIsolate: 10_000,
  hostCalls: 1_000,
  hostCallsAtOnce: 32,
  askedBytes: 16 * 1024 * 1024,
  rememberedBytes: 16 * 1024 * 1024,
  logLines: 500,
}
