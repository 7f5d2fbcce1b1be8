/** What GraphiQL opens with: a lead is captured, watched and stopped, a tab for each step, without reading anything else. */
export const TABS: readonly { readonly query: string; readonly variables?: string }[] = [
  {
    query: `# 1. Who am I, and does the engine run?
#    Not signed in? Sign in at /admin in this browser, or put {"authorization": "Bearer <access token>"}
#    or {"x-api-key": "<API key>"} under "Headers" below.
query WhoAmI {
  viewer { name email role }
  brain { running healthScore queueSize }
}`,
  },
  {
    query: `# 2. Watch. Start this one and leave it running: every change of every run comes here, one event at a time.
#    If the stream ends, start it again.
subscription WatchRuns {
  runUpdated {
    run { id status reason { code message } playbook { name } lead { name score } }
  }
}`,
  },
  {
    query: `# 3. Capture a lead. The playbooks that wait for one begin, and tab 2 shows it.
#    The same idempotencyKey again answers the same and changes nothing.
mutation CaptureLead($input: LeadCreateInput!) {
  leadCreate(input: $input) {
    lead { id name status }
    userErrors { code field message }
  }
}`,
    variables: JSON.stringify(
      {
        input: {
          name: 'Ana Souza',
          email: 'ana.souza@example.com',
          company: 'Acme',
          jobTitle: 'CEO',
          source: 'API',
          legalBasis: 'CONSENT',
          idempotencyKey: 'graphiql-1',
        },
      },
      null,
      2,
    ),
  },
  {
    query: `# 4. What became of it? The newest leads, their runs step by step, and what was written to them.
query Leads {
  leads(first: 5) {
    edges {
      node {
        id name status score
        runs(first: 3) { edges { node { id status playbook { name } steps { path title status } } } }
        messages(first: 3) { edges { node { subject direction createdAt } } }
      }
    }
  }
}`,
  },
  {
    query: `# 5. One run, line by line as it is written. Take its id from tab 2 or 4.
#    "after" goes on from a cursor without a gap or a repeat; leave it out for the whole journal.
subscription WatchJournal($runId: ID!, $after: String) {
  runEventAppended(runId: $runId, after: $after) {
    cursor
    event { kind path message occurredAt }
  }
}`,
    variables: JSON.stringify({ runId: 'the id of a run', after: null }, null, 2),
  },
  {
    query: `# 6. Stop it. What is under way is finished, nothing further is begun.
mutation StopRun($input: RunCancelInput!) {
  runCancel(input: $input) {
    run { id status cancellation { reason requestedAt } }
    userErrors { code field message }
  }
}`,
    variables: JSON.stringify({ input: { runId: 'the id of a run', reason: 'Tried out in GraphiQL' } }, null, 2),
  },
]
