/** A hostile plugin, and what its own head says of it: lines like `// must: TIMEOUT|MEMORY`. */
export interface Attack {
  readonly name: string
  /** What it tries, in one line. */
  readonly tries: string
  /** Codes that its (last) call may end with; `ok` where it must get nothing out of it. */
  readonly must: readonly string[]
  readonly cpuMs: number
  readonly wallMs: number
  /** How often it is called. */
  readonly calls: number
  /** What its last call returns. */
  readonly gives?: unknown
  readonly source: string
}

export function readAttack(file: string, source: string): Attack {
  const said = (what: string) => new RegExp(`^// ${what}: (.*)$`, 'm').exec(source)?.[1]
  const must = (said('must') ?? '').split('|').filter(Boolean)
  const gives = said('gives')
  return {
    name: file.replace('.js', ''),
    tries: said('tries') ?? '',
    must,
    // What must run out of time gets little of it; what must not gets plenty, for the machine may be busy.
    cpuMs: Number(said('cpuMs') ?? (must.includes('TIMEOUT') ? 250 : 4_000)),
    wallMs: Number(said('wallMs') ?? 60_000),
    calls: Number(said('calls') ?? 1),
    ...(gives === undefined ? {} : { gives: JSON.parse(gives) as unknown }),
    source,
  }
}
