import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Customer } from '../sales/customer.ts'
import { customersOfLeads } from '../sales/customers.ts'
import type { Deal } from '../sales/deal.ts'
import type { Lead } from '../sales/lead.ts'
import { getLead } from '../sales/leads.ts'
import { dealsOfLeads } from '../sales/read-deals.ts'

/** Milliseconds in which a lead that was read is new enough to be written to. */
const FRESH_MS = 1000

/** The lead that a run is about and what belongs to them, each read when it is asked for and kept until something may have changed it. */
export class RunSubject {
  readonly #core: Pick<Core, 'sql'>
  readonly #workspaceId: WorkspaceId
  readonly #leadId: string | null
  #lead: Promise<Lead | null> | undefined
  #leadAt = performance.now()
  #deal: Promise<Deal | null> | undefined
  #customer: Promise<Customer | null> | undefined

  /** `lead` as it was read with the run's claim. */
  constructor(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, leadId: string | null, lead: Lead | null) {
    this.#core = core
    this.#workspaceId = workspaceId
    this.#leadId = leadId
    this.#lead = Promise.resolve(lead)
  }

  /** Null where the run is about none, or they are gone. */
  lead(): Promise<Lead | null> {
    if (!this.#lead) this.#leadAt = performance.now()
    this.#lead ??=
      this.#leadId === null
        ? Promise.resolve(null)
        : getLead(this.#core, this.#workspaceId, { id: this.#leadId }).catch(() => null)
    return this.#lead
  }

  /** The lead as it was less than a second ago, in real time: before something is sent to it. */
  freshLead(): Promise<Lead | null> {
    if (performance.now() - this.#leadAt > FRESH_MS) this.forget()
    return this.lead()
  }

  /** Null where the lead has none. Throws `DATABASE`. */
  deal(): Promise<Deal | null> {
    this.#deal ??= this.#ofLead(dealsOfLeads)
    return this.#deal
  }

  /** Null where the lead is none. Throws `DATABASE`. */
  customer(): Promise<Customer | null> {
    this.#customer ??= this.#ofLead(customersOfLeads)
    return this.#customer
  }

  /** Something may have changed the lead or what belongs to them: whoever asks next reads it again. */
  forget(): void {
    this.#lead = undefined
    this.#deal = undefined
    this.#customer = undefined
  }

  /** What could not be read is read again by who asks next. */
  async #ofLead<Found>(
    read: (core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, leadIds: readonly string[]) => Promise<Found[]>,
  ): Promise<Found | null> {
    try {
      return this.#leadId === null ? null : ((await read(this.#core, this.#workspaceId, [this.#leadId]))[0] ?? null)
    } catch (error) {
      this.forget()
      throw error
    }
  }
}
