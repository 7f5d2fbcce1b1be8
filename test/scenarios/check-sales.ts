import type { Books } from './check-books.ts'

type Row = Readonly<Record<string, unknown>>
type Data = Readonly<Record<string, unknown>>
const isClosed = (stage: unknown) => stage === 'WON' || stage === 'LOST'

/** What calls, proposals, approvals, meetings and bills came to: each said once, and by whoever may say it. */
export function checkSales({
  leads,
  messages,
  meetings,
  deals,
  runs,
  events,
  activities,
  proposals,
  calls,
  call_lines: lines,
  charges,
  approvals,
  approval_votes: votes,
}: Books): string[] {
  // prettier-ignore
  const wrong: string[] = []
  const told = (type: string, key: string, id: unknown) => events.filter(row => row['type'] === type && (row['data'] as Data)[key] === id).length // prettier-ignore
  const once = (type: string, key: string, id: unknown, happened: boolean) => {
    const count = told(type, key, id)
    if (count !== (happened ? 1 : 0)) wrong.push(`${type} of ${String(id)} was told ${count} times.`)
  }

  for (const { id, status, meeting_id: meetingId, summary } of calls) {
    const said = lines.filter(line => line['call_id'] === id)
    once('call.ended', 'callId', id, status === 'ENDED')
    const numbers = new Set(said.map(line => line['seq']))
    if (numbers.size !== said.length || !said.every((_, index) => numbers.has(index + 1)))
      wrong.push(`The call ${String(id)} has a line twice, or one is missing.`)
    if (status !== 'ENDED') continue
    const meeting = meetings.find(row => row['id'] === meetingId)
    if (meeting && meeting['status'] !== 'COMPLETED') wrong.push(`The meeting ${String(meetingId)} had a call and is ${String(meeting['status'])}.`) // prettier-ignore
    const { lines: count, objections } = summary as { lines: number; objections: readonly { kind: string }[] }
    if (count !== said.length)
      wrong.push(`The call ${String(id)} had ${said.length} lines, and its summary says ${count}.`)
    for (const [kind, word] of [
      ['price', 'caro'],
      ['authority', 'sócio'],
    ] as const)
      // prettier-ignore
      if (said.some(line => String(line['text']).includes(word)) !== objections.some(one => one.kind === kind))
        wrong.push(`The call ${String(id)} heard objections ${JSON.stringify(objections)}.`)
  }

  for (const { id, status } of meetings) {
    once('meeting.held', 'meetingId', id, status === 'COMPLETED')
    once('meeting.missed', 'meetingId', id, status === 'NO_SHOW')
    once('meeting.cancelled', 'meetingId', id, status === 'CANCELLED')
  }

  for (const [id, some] of Map.groupBy(proposals, row => row['number']))
    if (some.length > 1) wrong.push(`${some.length} proposals have the number ${String(id)}.`)
  for (const proposal of proposals) {
    const { id, status, sent_at: sent, seen_at: seen, decided_at: decided, lead_id: leadId } = proposal
    const say = (what: string) => wrong.push(`The proposal ${String(id)} (${String(status)}) ${what}.`)
    once('proposal.sent', 'proposalId', id, sent !== null)
    once('proposal.accepted', 'proposalId', id, status === 'ACCEPTED')
    once('proposal.declined', 'proposalId', id, status === 'DECLINED')
    if ((status === 'DRAFT') !== (sent === null)) say('is sent and is not')
    if ((decided === null) === ['ACCEPTED', 'DECLINED'].includes(String(status))) say('has no moment of its answer, or one without an answer') // prettier-ignore
    if (decided !== null && seen === null) say('was answered and never seen')
    const linked = messages.filter(row => row['lead_id'] === leadId && String(row['body']).includes('/proposals/'))
    const withLink = proposals.filter(row => row['lead_id'] === leadId && row['sent_at'] !== null).length
    if (linked.length !== withLink) say(`is one of ${withLink} sent to the lead, and ${linked.length} letters have a link`) // prettier-ignore
    const approval = approvals.find(row => row['run_id'] === proposal['run_id'])
    if (sent !== null && approval?.['status'] !== 'approved') say('went out without a yes')
    if (approval?.['status'] === 'rejected' && sent !== null) say('went out against a no')
    const won = deals.some(row => row['lead_id'] === leadId && row['stage'] === 'WON')
    const following = runs.some(row => row['subject_id'] === leadId && row['finished_at'] === null)
    if (status === 'ACCEPTED' && !won && !following && !reopened(deals, activities, leadId)) say('was accepted, and no deal is won') // prettier-ignore
  }

  for (const { id, status } of approvals) {
    // One yes is enough; of two who are asked, one no is not
    const said = votes.filter(row => row['approval_id'] === id).map(row => row['decision'])
    const count = (decision: string) => said.filter(one => one === decision).length
    const fits = status === 'approved' ? count('approved') === 1 : status === 'rejected' ? count('rejected') === said.length : count('approved') === 0 // prettier-ignore
    if (!fits) wrong.push(`The approval ${String(id)} is ${String(status)} by ${JSON.stringify(said)}.`)
  }

  for (const { id, status, amount, lead_id: leadId } of charges) {
    once('payment.received', 'chargeId', id, status === 'PAID')
    const priced = deals.some(row => row['lead_id'] === leadId && Math.round(Number(row['amount']) * 100) === Number(amount)) // prettier-ignore
    if (!priced) wrong.push(`The charge ${String(id)} is of an amount that no deal of the lead has.`)
  }

  // What a person has closed no machine opens again; the playbook that is told of a reopened deal does not either
  for (const activity of activities) {
    const { from, to, dealId } = (activity['kind'] === 'DEAL' ? activity['data'] : {}) as Data
    if (activity['run_id'] !== null && isClosed(from)) wrong.push(`A playbook moved the deal ${String(dealId)} from ${String(from)} to ${String(to)}.`) // prettier-ignore
  }

  // Whoever writes by themselves is heard, from whatever address we know of them
  const asked = messages.filter(row => String(row['external_id']).startsWith('<help-'))
  for (const [id, some] of Map.groupBy(asked, row => row['external_id'])) {
    if (some.length > 1) wrong.push(`The letter ${String(id)} was taken in ${some.length} times.`)
    const owner = leads.find(row => row['id'] === some[0]!['lead_id'])
    if (owner?.['status'] !== 'CONVERTED') wrong.push(`The letter ${String(id)} of a customer is held for somebody else’s.`) // prettier-ignore
  }
  return wrong
}

/** A won deal that a person moved on is not won any more, and nobody is to blame. */
function reopened(deals: readonly Row[], activities: readonly Row[], leadId: unknown): boolean {
  const own = deals.filter(row => row['lead_id'] === leadId)
  return own.length > 0 && own.every(row => isClosed(row['stage']) && activities.some(one => one['run_id'] === null && (one['data'] as Data)['dealId'] === row['id'])) // prettier-ignore
}
