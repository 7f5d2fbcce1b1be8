import type { PlaybookRecord } from '../../core/publishing/playbook-record.ts'
import type { RunRecord } from '../../core/runs/read-runs.ts'
import type { Customer } from '../../core/sales/customer.ts'
import type { Deal } from '../../core/sales/deal.ts'
import type { Lead } from '../../core/sales/lead.ts'
import type { Message } from '../../core/sales/messages.ts'
import { builder } from '../builder.ts'

/** Types that refer to each other in a circle are named here and filled in beside their noun. */
export const LeadRef = builder.objectRef<Lead>('Lead')
export const DealRef = builder.objectRef<Deal>('Deal')
export const CustomerRef = builder.objectRef<Customer>('Customer')
export const MessageRef = builder.objectRef<Message>('Message')
export const PlaybookRef = builder.objectRef<PlaybookRecord>('Playbook')
export const RunRef = builder.objectRef<RunRecord>('Run')
