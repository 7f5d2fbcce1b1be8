import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { TraeError } from '../errors.ts'

/** argon2id as OWASP's floor has it: memory in KiB, passes, lanes. */
const PARAMETERS = { m: 19456, t: 2, p: 1 } as const
const LONGEST = 200
const QUEUE = 64
const derive = promisify(argon2)

/** Verified where there is no such user, so that the answer takes as long. The hash of nothing anybody knows. */
const NOBODY = `$argon2id$v=19$m=${PARAMETERS.m},t=${PARAMETERS.t},p=${PARAMETERS.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Hashes passwords, at most `slots` at once (as many as there are cores): sign-in must not starve the rest. */
export class Passwords {
  readonly #slots: number
  #busy = 0
  readonly #waiting: (() => void)[] = []

  constructor(slots: number = availableParallelism()) {
    this.#slots = slots
  }

  /** A PHC string with a fresh 16-byte salt. Throws `BAD_USER_INPUT` unless the password has 12 to 200 characters. */
  async hash(password: string): Promise<string> {
    if (password.length < 12 || password.length > LONGEST)
      throw new TraeError(
        'BAD_USER_INPUT',
        `A password has 12 to ${LONGEST} characters; this one has ${password.length}.`,
      )
    const salt = randomBytes(16)
    const hash = await this.#inSlot(() => compute(password, salt, PARAMETERS, 32))
    return `$argon2id$v=19$m=${PARAMETERS.m},t=${PARAMETERS.t},p=${PARAMETERS.p}$${unpadded(salt)}$${unpadded(hash)}`
  }

  /**
   * Does it fit? Takes the same time for an account that does not exist (`phc` undefined). Throws `UNAVAILABLE` when too
   * many wait.
   */
  verify(password: string, phc: string | undefined): Promise<{ fits: boolean; outdated: boolean }> {
    return this.#inSlot(async () => {
      if (password.length > LONGEST) return { fits: false, outdated: false }
      const { parameters, salt, hash } = parsePhc(phc ?? NOBODY)
      const computed = await compute(password, salt, parameters, hash.length)
      const fits = timingSafeEqual(computed, hash) && phc !== undefined
      const outdated = parameters.m !== PARAMETERS.m || parameters.t !== PARAMETERS.t || parameters.p !== PARAMETERS.p
      return { fits, outdated }
    })
  }

  async #inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#slots) {
      if (this.#waiting.length >= QUEUE)
        throw new TraeError('UNAVAILABLE', 'Too many people sign in at this moment. Try again in a few seconds.', {
          retryAfter: 3,
        })
      await new Promise<void>(resolve => this.#waiting.push(resolve)) // whoever ends hands its slot over
    } else this.#busy++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#busy--
    }
  }
}

interface Parameters {
  readonly m: number
  readonly t: number
  readonly p: number
}

const compute = (password: string, nonce: Buffer, { m, t, p }: Parameters, tagLength: number) =>
  derive('argon2id', {
    message: password.normalize('NFKC'),
    nonce,
    memory: m,
    passes: t,
    parallelism: p,
    tagLength,
  }) as Promise<Buffer>

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parsePhc(phc: string): { parameters: Parameters; salt: Buffer; hash: Buffer } {
  const match = PHC.exec(phc)
  if (!match) throw new TraeError('INTERNAL', 'A stored password hash is not an argon2id PHC string.')
  const [m, t, p] = match.slice(1, 4).map(Number) as [number, number, number]
  return { parameters: { m, t, p }, salt: Buffer.from(match[4]!, 'base64'), hash: Buffer.from(match[5]!, 'base64') }
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
