/**
 * Named points at which the crash tests kill the process: `TRAE_CRASH_AT=effect.done:3` dies with SIGKILL at the third
 * passing of `effect.done`. Without the variable a point costs a comparison.
 */
export type CrashPoint =
  | 'event.stored'
  | 'event.dispatched'
  | 'event.told' // a plugin has taken an event, which is not stored yet
  | 'webhook.registered' // the vendor has it, the host does not know yet
  | 'run.claiming' // named by the bell or due, nobody's yet
  | 'schedule.fired'
  | 'call.starting' // due calls that plugins planned are chosen, nothing is stored
  | 'call.started'
  | 'task.beginning' // chosen, nothing stored
  | 'task.begun'
  | 'task.settled'
  | 'incident.opened'
  | 'incident.restarting' // a run of many was restarted
  | 'incident.escalated'
  | 'alerts.judging' // what was judged is about to commit
  | 'alerts.judged' // committed, nobody has been told
  | 'alert.delivering' // the attempt is counted, nothing is sent
  | 'alert.delivered' // sent, which is not stored yet
  | 'run.claimed'
  | 'step.before'
  | 'effect.intended' // committed, the call not yet made
  | 'effect.done' // the call is answered, the outcome not yet stored
  | 'journal.writing'
  | 'journal.committed'
  | 'wait.committed'
  | 'wait.ended' // the row says so, the outcome is not yet stored
  | 'retry.scheduled'
  | 'parallel.joined'
  | 'iteration.ended'
  | 'child.starting' // another playbook's run and the wait for it are about to be stored
  | 'child.started'
  | 'child.ending' // a run that a step waits for is over, neither its end nor the answer is stored
  | 'child.ended'
  | 'approval.asked' // stored, nobody has been told
  | 'approval.voted' // about to commit
  | 'approval.decided' // committed, the waiting run is not yet rung for
  | 'decision.stored' // committed, nobody has acted on it
  | 'decision.taken' // by a person, the waiting run is not yet rung for
  | 'outcome.set' // of a decision, about to commit with what the model learns of it
  | 'outcome.committed'
  | 'model.storing' // what outcomes have taught is about to be stored
  | 'model.stored'
  | 'decision.remembered' // its entry is stored, its row does not know
  | 'diagnosis.remembered' // its entry is stored, nothing says so
  | 'context.remembered' // contexts are stored, nothing says so
  | 'memory.stored' // committed, its vector is to be written
  | 'memory.erased' // about to commit with the erasure of the person
  | 'vectors.written' // the store has them, the rows still say that they are to be written
  | 'vectors.removed' // the store has them no more, the rows still say that they are to go
  | 'vectors.dropped' // of another embedder; nothing says yet that all are to be made again
  | 'vectors.adopted' // pgvector has a page of what was there before it, and that still has it as well
  | 'vectors.copied' // of a move: the new store has a page, its place is not kept
  | 'vectors.placed' // its place is kept, the move may be at its end
  | 'store.emptying' // of the store that was moved away from, one workspace is gone
  | 'letter.sending' // committed, no byte of the letter has left
  | 'letter.taken' // the mail server has it, the host does not know yet
  | 'letter.read' // stored, the place in the folder is not
  | 'run.ending' // the steps are over, `finally` begins
  | 'run.finishing'
  | 'run.finished'
  | 'keys.rewrapped'
  | 'keys.replaced'
  | 'keys.resealed'
  | 'backup.writing' // a piece is written
  | 'backup.written' // all of it, under another name
  | 'restore.loading' // some rows are in
  | 'restore.loaded' // all are, nothing is committed
  | 'restore.committing'

const [name, count] = (process.env['TRAE_CRASH_AT'] ?? '').split(':')
let left = Number(count ?? 1)

export function crashPoint(point: CrashPoint): void {
  if (point === name && --left === 0) process.kill(process.pid, 'SIGKILL')
}
