import { crashPoint } from '../crash-point.ts'
import { type Sql, statement } from '../sql.ts'
import { type Example, Knowledge, type KnowledgeState } from './knowledge.ts'
import type { Policy } from './policy.ts'
import { RecentDecisions } from './similar-decisions.ts'

/** Examples after which what was learnt is stored, so that a start reads no more than these. */
const SNAPSHOT_EVERY = 250
const BATCH = 1000

/** Where a model stands: resets, corrections and the last example. */
export interface ModelHead {
  readonly generation: number
  readonly refolds: number
  readonly seq: string
}

interface Known {
  generation: number
  /** Of the corrections that are in it. */
  refolds: number
  /** Of the last example that is in it. */
  seq: number
  snapshotSeq: number
  pace: Policy['pace']
  knowledge: Knowledge
}

/**
 * What the models of policies know, kept by this process. The truth is `decision_examples`: outcomes in the order in which
 * they were recorded, of every process. Before it answers it takes in what is new, so all processes know the same, and
 * what one of them has learnt no crash undoes.
 */
export class Models {
  readonly recent = new RecentDecisions()
  readonly #sql: Sql
  readonly #known = new Map<string, Known>()
  readonly #reading = new Map<string, Promise<unknown>>()

  constructor(core: { readonly sql: Sql }) {
    this.#sql = core.sql
  }

  /**
   * All that outcomes have taught until now, or at least until `head`, where that was read already, with the count of resets. Do not hold
   * it over a wait: it goes on learning.
   */
  of(
    policyId: string,
    pace: Policy['pace'],
    head?: ModelHead,
  ): Promise<{ readonly knowledge: Knowledge; readonly generation: number }> {
    const before = this.#reading.get(policyId) ?? Promise.resolve()
    const reading = before.catch(() => {}).then(() => this.#read(policyId, pace, head)) // one after the other: each goes on where the last ended
    this.#reading.set(policyId, reading)
    return reading.finally(() => {
      if (this.#reading.get(policyId) === reading) this.#reading.delete(policyId)
    })
  }

  async #read(policyId: string, pace: Policy['pace'], head?: ModelHead): Promise<Known> {
    const row = head ?? (await this.#sql.query<ModelHead>(READ_MODEL, [policyId]))[0]
    let known = this.#known.get(policyId)
    const { generation = 1, refolds = 0 } = row ?? {}
    if (!known || known.generation !== generation || known.refolds !== refolds || known.pace !== pace)
      known = await this.#load(policyId, pace)
    const last = Number(row?.seq ?? 0)
    for (;;) {
      if (known.seq >= last) break
      const examples = await this.#sql.query<Example & { seq: string }>(READ_EXAMPLES, [policyId, known.seq, BATCH])
      for (const example of examples) {
        known.knowledge.learn(example)
        known.seq = Number(example.seq)
      }
      if (examples.length < BATCH) known.seq = Math.max(known.seq, last) // numbers may be missing: erased, or not learnt from
      if (known.seq - known.snapshotSeq >= SNAPSHOT_EVERY) await this.#store(policyId, known)
    }
    this.#known.set(policyId, known)
    return known
  }

  async #load(policyId: string, pace: Policy['pace']): Promise<Known> {
    const [row] = await this.#sql.query<{
      generation: number
      refolds: number
      snapshot: (KnowledgeState & { pace: Policy['pace'] }) | null
      snapshot_seq: string
    }>(READ_SNAPSHOT, [policyId])
    const from = Number(row?.snapshot_seq ?? 0)
    return {
      generation: row?.generation ?? 1,
      refolds: row?.refolds ?? 0,
      seq: from,
      snapshotSeq: from,
      pace,
      knowledge: new Knowledge(pace, row?.snapshot ?? undefined),
    }
  }

  /** The same examples come to the same state, so it does not matter which process stores it. */
  async #store(policyId: string, known: Known): Promise<void> {
    const { seq, generation, refolds, knowledge } = known
    crashPoint('model.storing')
    await this.#sql.query(STORE_SNAPSHOT, [policyId, generation, seq, JSON.stringify(knowledge.state()), refolds])
    crashPoint('model.stored')
    known.snapshotSeq = seq
  }
}

const READ_MODEL = statement(
  'read-decision-model',
  `select generation, refolds, seq from decision_models where policy_id = $1`,
)
const READ_SNAPSHOT = statement(
  'read-decision-snapshot',
  `select generation, refolds, snapshot, snapshot_seq from decision_models where policy_id = $1`,
)
const READ_EXAMPLES = statement(
  'read-decision-examples',
  `select seq, option, context, prior, success from decision_examples where policy_id = $1 and seq > $2 order by seq limit $3`,
)
const STORE_SNAPSHOT = statement(
  'store-decision-snapshot',
  `update decision_models set snapshot = $4::jsonb, snapshot_seq = $3
   where policy_id = $1 and generation = $2 and refolds = $5 and snapshot_seq < $3`,
)
