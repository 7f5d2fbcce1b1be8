import { yaml } from './markdown.ts'

/** How runs are let in, for docs/playbooks.md. */
export function admissionSection(): string {
  return `## Admission

${yaml(`
enrollment: { subject: '\${{ event.leadId }}', goal: { event: meeting.scheduled } }
concurrency: { key: '\${{ event.lead.company }}', limit: 3 }
rateLimit: { limit: 100, per: 1h }
idempotencyKey: \${{ event.leadId + "/" + event.type }}
sla: { maxDuration: 10d }
sendWindow: { from: "09:00", to: "18:00", spread: 15m }
`)}

A key that comes out as null, a list, a map or more than 500 characters makes a failed run that says so. A run that was never started (dropped, or
cancelled for want of a place) holds neither its subject nor its idempotency key: the next event may start one.

**\`enrollment\`**: the subject is the id of a lead. Two events of one subject never get in together, however many processes run.

**\`concurrency\`** counts runs that execute; one that waits for a time, an event or a retry holds no place and needs one again when its wait is
over. Runs queue in the order in which they were due, and a queued run says for which key it waits, how many execute, and its position.
\`cancelNew\` and \`fail\` concern runs that have not begun; one that has begun queues. \`cancelRunning\` asks the longest executing runs to stop, as
\`cancel\` does: what is being sent has three seconds for its answer, \`finally\` runs. Of new runs that wait for a place meanwhile, only the newest start.

**\`rateLimit\`** counts starts within any stretch of \`per\`. With \`delay\` a run too many starts at the first moment at which it fits, in order of
arrival, and says when that is.

**\`debounce\`** starts one run for the last of many events. \`max\` counts from the first of them. A run whose quiet time has passed is not postponed
again, also where it still waits for a worker. It does not go together with \`rateLimit\` and \`idempotencyKey\`.

**\`sla\`** counts from when a run is let in, also while it is queued or waits, and says once that it took longer: the event \`run.sla-breached\`
(\`leadId\`, \`runId\`, \`playbook\`, \`dueAt\`), which another playbook can begin with, and a mark on the run. Then the run goes on (\`none\`), is
cancelled, or fails with the code \`SLA\`: what is being sent has three seconds for its answer, and \`finally\` runs. It is judged within a second, or at the next start of a process; a run that
came to its end too late meanwhile has breached it too. A run keeps the \`sla\` that it was let in with.

**\`sendWindow\`** holds back steps whose action sends, whoever they send to. Outside of the window the run waits for the opening, and says until when;
it holds no worker and no place. A step with \`sendWindow: ignore\` sends at any hour: an answer to somebody who has just written. Times are those of the clock in the zone, also on days on which it changes. The zone of a lead is its \`data.timeZone\`, else
that of its phone number's area code in Brazil or of a neighbouring country with one zone, else the workspace's. Holidays are Brazil's national ones by law, Good Friday
among them; Carnival and Corpus Christi are none.

**\`exitWhen\`** reads the lead's record anew each time. The run is completed with the reason \`EXIT\`; \`finally\` runs.

**\`goal\`** is what the run is for. When the event comes for the subject, the run is completed with the reason \`GOAL\`: an effect under way is finished,
none begins any more, open waits close, \`finally\` runs. It counts from the event that started the run on, so one that came before does not, and one
that comes while the run is still queued or held back does: such a run ends when its turn comes. An event that the run has emitted itself is not its goal; it
goes on to its own end.

**Who has unsubscribed is sent nothing.** A step that would send to the e-mail or phone of the run's lead, or whose input names nobody but \`leadId\`, is not begun when the
lead has unsubscribed: the whole run is completed there with the reason \`SUPPRESSED\`, and \`finally\` runs. A cadence to somebody who does not want it has no
next step. The record is at most a second old when this is asked. Letters about the lead to colleagues are sent.

All of it is said by what is stored: a restart changes no moment and loses no event.`
}
