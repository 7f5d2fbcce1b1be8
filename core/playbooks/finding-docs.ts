import type { DiagnosticCode } from './diagnostic.ts'
import { MAX_STEPS } from './index-steps.ts'
import { MAX_DEPTH, MAX_SOURCE_LENGTH } from './parse-yaml.ts'

/** What docs/playbooks.md says of a finding; Markdown. */
export interface FindingDocs {
  readonly means: string
  readonly mend: string
  /** The finding and its cure: steps, or keys of the file. The page's test holds both to their word. */
  readonly example?: { readonly wrong: string; readonly right: string }
}

/** Every code; a new one does not compile before it is explained here. */
export const FINDING_DOCS: Readonly<Record<DiagnosticCode, FindingDocs>> = {
  YAML_SYNTAX: {
    means:
      'The file is not YAML that can be read: a bracket that never closes, a tab, an expression that YAML takes for a map, an anchor or an alias, a second document. Nothing else is said of the file until this is mended.',
    mend: 'Put an expression in quotes where it stands inside `{ }` or `[ ]`, and where it holds `: ` or ` #`. Indent with spaces. Write values out instead of repeating them with `&` and `*`.',
    example: {
      wrong: `
- uses: enrichment/person
  with: { email: \${{ lead.email }} }`,
      right: `
- uses: enrichment/person
  with: { email: '\${{ lead.email }}' }`,
    },
  },
  TOO_LARGE: {
    means: `The file has more than ${MAX_SOURCE_LENGTH} characters, more than ${MAX_STEPS} steps, or values that are nested more than ${MAX_DEPTH} deep.`,
    mend: 'Make several playbooks of it: one starts the next with `uses: playbook/…`, or ends with `emit`.',
  },
  DUPLICATE_KEY: {
    means: 'A key stands twice in the same map. Only one of the two could count.',
    mend: 'Take one out.',
    example: {
      wrong: `
- id: pause
  wait: 1d
  wait: 2d`,
      right: `
- id: pause
  wait: 2d`,
    },
  },
  DUPLICATE_ID: {
    means:
      'Two steps have the same `id`, also where one of them stands in a branch: `steps.<id>` would mean both. Or two webhooks or schedules have.',
    mend: 'Rename one, and what reads it.',
    example: {
      wrong: `
- { id: pause, wait: 1d }
- { id: pause, wait: 2d }`,
      right: `
- { id: pause, wait: 1d }
- { id: longPause, wait: 2d }`,
    },
  },
  UNKNOWN_KEY: {
    means: 'This place has no such key. Often it is misspelt, or stands one level too far out.',
    mend: 'The finding names the key that was likely meant, or all that there are.',
    example: {
      wrong: `
- wait: 1d
  onErorr: continue`,
      right: `
- wait: 1d
  onError: continue`,
    },
  },
  MISSING_KEY: {
    means: 'A key that this place needs is not there.',
    mend: 'Write it; where it is one of a few words, the finding lists them.',
    example: {
      wrong: `
- then:
    - wait: 1d`,
      right: `
- if: \${{ lead.score == null }}
  then:
    - wait: 1d`,
    },
  },
  WRONG_TYPE: {
    means: 'A value of another kind belongs here: a list, a map, a number, one expression.',
    mend: 'The finding says what it must be and what was found. A condition stands in `${{ }}`, all of it.',
    example: {
      wrong: `
- if: lead.unsubscribed
  return: { outcome: disqualified }`,
      right: `
- if: \${{ lead.unsubscribed }}
  return: { outcome: disqualified }`,
    },
  },
  WRONG_VALUE: {
    means:
      'The value is of the right kind, but not one that is allowed: a word that is not on the list, a name written in a way that names are not, or a word that what it is compared with can never be.',
    mend: 'Take one of the words in the finding. Ids of playbooks are in lower case with hyphens; ids of steps, names of branches and names in `set` have letters, digits and `_`, and begin with a letter; `in`, `true`, `false` and `null` are words of expressions and no names.',
    example: {
      wrong: `
- wait: 1d
  onError: ignore`,
      right: `
- wait: 1d
  onError: continue`,
    },
  },
  OUT_OF_RANGE: {
    means: 'A number is too small or too large, or a text, list or map too short or too long.',
    mend: 'The finding says the limit. A number out of range is never quietly moved into it.',
    example: {
      wrong: `
- uses: enrichment/person
  retry: { maxAttempts: 500 }`,
      right: `
- uses: enrichment/person
  retry: { maxAttempts: 100 }`,
    },
  },
  BAD_DURATION: {
    means:
      'This is no duration, and where a moment may stand, no moment either. Months and years are refused because they have no fixed length.',
    mend: 'See [Durations and moments](#durations-and-moments).',
    example: {
      wrong: `
- wait: 2 days`,
      right: `
- wait: 2d`,
    },
  },
  BAD_CRON: {
    means: 'The pattern of a schedule cannot be read, or names a time that never comes.',
    mend: 'Write five fields: minute, hour, day of the month, month, day of the week. The finding points at the one that is wrong.',
    example: {
      wrong: `
triggers:
  - schedule: { cron: '0 25 * * *', timezone: America/Sao_Paulo }`,
      right: `
triggers:
  - schedule: { cron: '0 23 * * *', timezone: America/Sao_Paulo }`,
    },
  },
  BAD_TIMEZONE: {
    means: 'There is no time zone of this name. An offset such as `-03:00` is none: it knows nothing of summer time.',
    mend: 'Write it as the IANA database has it: `America/Sao_Paulo`, `Europe/Lisbon`, `UTC`.',
    example: {
      wrong: `
triggers:
  - schedule: { cron: '0 9 * * *', timezone: Brasilia }`,
      right: `
triggers:
  - schedule: { cron: '0 9 * * *', timezone: America/Sao_Paulo }`,
    },
  },
  BAD_STEP: {
    means: 'A step does one thing. This one has no key that says what, or several.',
    mend: 'Make a step of each, or add the key that is missing.',
    example: {
      wrong: `
- wait: 1d
  uses: enrichment/person`,
      right: `
- wait: 1d
- uses: enrichment/person`,
    },
  },
  CONFLICTING_KEYS: {
    means: 'Two keys do not go together.',
    mend: 'Take one of them out. A `waitFor` has one of `one`, `any` and `all`, a schedule `cron` or `every`, an input `required` or a `default`; `days` and `timezone` of a `wait` go with a time of day, not with a moment. With `debounce`, many events are one run; a `rateLimit` or an `idempotencyKey` speaks of one event and its run.',
    example: {
      wrong: `
debounce: { key: '\${{ event.leadId }}', quiet: 5m }
rateLimit: { limit: 10, per: 1h }`,
      right: `
debounce: { key: '\${{ event.leadId }}', quiet: 5m }`,
    },
  },
  UNKNOWN_ACTION: {
    means:
      'No plugin of the workspace has this action, and it is no action of a service that a plugin provides. The name is misspelt, or the plugin is not installed here.',
    mend: 'Correct the name, or install the plugin. `trae plugin list` shows what there is.',
    example: {
      wrong: `
- uses: enrichment/persn`,
      right: `
- uses: enrichment/person`,
    },
  },
  WRONG_VERSION: {
    means: 'The plugin is installed, in a version that the range after `@` does not take.',
    mend: 'Change the range when the action still does what the playbook expects; otherwise install another version.',
    example: {
      wrong: `
- uses: sdr/classify-reply@^9
  with: { text: 'Sim!' }`,
      right: `
- uses: sdr/classify-reply@^1
  with: { text: 'Sim!' }`,
    },
  },
  PLUGIN_DISABLED: {
    means:
      'The plugin of this action, or the provider of this service, is installed and disabled. Every call would fail with `PERMISSION`, so it is said before a run meets it. Versions that are published stay so; their runs fail at such a step for as long as the plugin is disabled.',
    mend: 'Enable the plugin; the finding says why it was disabled, where that is known. Or use another action, or another provider of the service.',
  },
  MISSING_INPUT: {
    means: 'The action needs an input that `with` does not have, or the playbook one that a trigger does not give.',
    mend: 'Write it under `with`, or under the `inputs` of the trigger; an input of the playbook may also have a default.',
    example: {
      wrong: `
- uses: sdr/classify-reply`,
      right: `
- uses: sdr/classify-reply
  with: { text: 'Sim!' }`,
    },
  },
  UNKNOWN_INPUT: {
    means: 'The action, or the playbook, has no such input.',
    mend: 'The finding names the input that was likely meant, or all that the action takes.',
    example: {
      wrong: `
- uses: enrichment/person
  with: { mail: '\${{ lead.email }}' }`,
      right: `
- uses: enrichment/person
  with: { email: '\${{ lead.email }}' }`,
    },
  },
  WRONG_INPUT: {
    means:
      'An input has a value, or an expression of a type, that the action or the playbook does not take; or the default of an input is not of its type.',
    mend: 'The finding says what it must be. A text that is one expression has the type of the expression; with text around it, it is text.',
    example: {
      wrong: `
- uses: enrichment/person
  with: { company: '\${{ size(lead.scoreFactors) }}' }`,
      right: `
- uses: enrichment/person
  with: { company: '\${{ lead.company }}' }`,
    },
  },
  UNKNOWN_STEP: {
    means: 'An expression reads `steps.<id>`, and no step has that `id`.',
    mend: 'Correct the name, or give the step that is meant an `id`.',
    example: {
      wrong: `
- id: person
  uses: enrichment/person
- set: { company: '\${{ steps.persn.output.company }}' }`,
      right: `
- id: person
  uses: enrichment/person
- set: { company: '\${{ steps.person.output.company }}' }`,
    },
  },
  LATER_STEP: {
    means:
      'An expression reads a step or a variable that has no value at that point: it comes later, is the very step, or stands around it.',
    mend: 'Move the step that gives the value in front of the one that reads it.',
    example: {
      wrong: `
- set: { company: '\${{ steps.person.output.company }}' }
- id: person
  uses: enrichment/person`,
      right: `
- id: person
  uses: enrichment/person
- set: { company: '\${{ steps.person.output.company }}' }`,
    },
  },
  SIBLING_BRANCH: {
    means: 'An expression reads a step or a variable of another branch, which may not have run, or not as far.',
    mend: 'Read it after the branches have come together, or do both in one branch.',
    example: {
      wrong: `
- parallel:
    branches:
      find:
        - id: person
          uses: enrichment/person
      keep:
        - set: { company: '\${{ steps.person.output.company }}' }`,
      right: `
- parallel:
    branches:
      find:
        - id: person
          uses: enrichment/person
      rest:
        - wait: 1h
- set: { company: '\${{ steps.person.output.company }}' }`,
    },
  },
  INSIDE_LOOP: {
    means: 'An expression outside of a loop reads a step inside of it, which has an output for each iteration.',
    mend: 'Read the output of the loop: a list for `forEach`, the last output for `while`. Or `set` a variable in the loop.',
    example: {
      wrong: `
- forEach: { in: '\${{ ["a", "b"] }}' }
  do:
    - id: kind
      uses: sdr/classify-reply
      with: { text: '\${{ vars.item }}' }
- set: { last: '\${{ steps.kind.output }}' }`,
      right: `
- id: kinds
  forEach: { in: '\${{ ["a", "b"] }}' }
  do:
    - uses: sdr/classify-reply
      with: { text: '\${{ vars.item }}' }
- set: { all: '\${{ steps.kinds.output }}' }`,
    },
  },
  UNKNOWN_FIELD: {
    means:
      'What the expression reads has no such field. The fields of the records, of the run, of errors and of the outputs of actions are known, also where a loop or a catch names them.',
    mend: 'The finding names the field that was likely meant. What an action answers is below `output`: `steps.<id>.output.<field>`. A field that is only sometimes there is read with `.?`.',
    example: {
      wrong: `
- set: { address: '\${{ lead.emial }}' }`,
      right: `
- set: { address: '\${{ lead.email }}' }`,
    },
  },
  UNKNOWN_NAME: {
    means:
      'An expression uses a name that is nothing here: it is misspelt, it is text without quotes, no `set` gives it a value, or it is not there yet. Before a run starts (in `triggers` and `enrollment`) there are only `event` and, in `enrollment`, `inputs`.',
    mend: 'Put text in quotes. In a trigger read the lead from the event: `event.lead`.',
    example: {
      wrong: `
- if: \${{ lead.status == NURTURING }}
  return: { outcome: nurtured }`,
      right: `
- if: \${{ lead.status == "NURTURING" }}
  return: { outcome: nurtured }`,
    },
  },
  EXPRESSION_SYNTAX: {
    means:
      'The expression cannot be read: a bracket or a quote is missing, it is empty, or it is written in the way of another language.',
    mend: 'Equal is `==`; and, or, not are `&&`, `||`, `!`. See [Expressions](#expressions).',
    example: {
      wrong: `
- if: \${{ lead.score = 60 }}
  return: { outcome: nurtured }`,
      right: `
- if: \${{ lead.score == 60 }}
  return: { outcome: nurtured }`,
    },
  },
  EXPRESSION_TYPE: {
    means:
      'The expression can be read, but its types do not go together: text plus a number, a condition that is not true or false, a function that does not exist or does not take this, a regular expression that could take forever.',
    mend: 'Put a value into text with `${{ }}` instead of adding it, or convert it: `string(…)`, `int(…)`. Where a value may be null, give it another with `default(…, …)`.',
    example: {
      wrong: `
- set: { note: '\${{ "Score: " + lead.score }}' }`,
      right: `
- set: { note: 'Score: \${{ lead.score }}' }`,
    },
  },
  EXPRESSION_LIMIT: {
    means: 'The expression is too large, or could take too long: see [Limits](#limits).',
    mend: 'Compute a part in a `set` step and use it as `vars.<name>`.',
    example: {
      wrong: `
- set: { inAll: '\${{ [1, 2].filter(a, [2, 3].exists(b, [2, 4].exists(c, a == b && b == c))) }}' }`,
      right: `
- set: { inBoth: '\${{ [2, 3].filter(b, b in [2, 4]) }}' }
- set: { inAll: '\${{ [1, 2].filter(a, a in vars.inBoth) }}' }`,
    },
  },
  SCRIPT_SYNTAX: {
    means: 'The text of a `run` step is not the body of a JavaScript function in strict mode.',
    mend: 'Mend it where the caret points. Expressions are not read inside `run`: give it what it needs in `with`, as `input`.',
    example: {
      wrong: `
- run: |
    return { name: '\${{ lead.name }}' + }`,
      right: `
- run: |
    return { name: input.name }
  with: { name: '\${{ lead.name }}' }`,
    },
  },
  UNKNOWN_PLAYBOOK: {
    means:
      'A step starts a playbook that is not published in this workspace, or that does not stand in the same folder.',
    mend: 'The finding names the `id` that was likely meant. Publish the other playbook first.',
    example: {
      wrong: `
- uses: playbook/qualfy-lead
  onError: continue`,
      right: `
- uses: playbook/qualify-lead
  onError: continue`,
    },
  },
  UNKNOWN_ACCOUNT: {
    means:
      'A step, a trigger or an event that is waited for names an account that its plugin does not have in this workspace.',
    mend: 'The finding names the accounts that there are, and the one that was likely meant. Accounts are connected and named on the page of the plugin, or with `trae credential connect … --account <name>`.',
    example: {
      wrong: `
- uses: hubspot/get-contact
  account: sales-brasil
  with: { email: '\${{ lead.email }}' }`,
      right: `
- uses: hubspot/get-contact
  account: sales-brazil
  with: { email: '\${{ lead.email }}' }`,
    },
  },
  UNKNOWN_POLICY: {
    means:
      'A step decides by a policy that is not published in this workspace. A file is checked against the folder `policies` beside it; where there is none, it is a warning: nobody knows then.',
    mend: 'The finding names the policy that was likely meant. Policies stand in `playbooks/policies/`, or are published over the API; publish it first.',
    example: {
      wrong: `
- decide: first-contct
  with: { leadId: '\${{ lead.id }}' }`,
      right: `
- decide: first-contact
  with: { leadId: '\${{ lead.id }}' }`,
    },
  },
  RECURSION: {
    means:
      'Every run of the playbook starts another run of it, itself or through other playbooks that always start the next: that has no end.',
    mend: 'Put a condition before the step: an `if` around it, or a `return` before it.',
    example: {
      wrong: `
- wait: 1d
- uses: playbook/example`,
      right: `
- wait: 1d
- if: \${{ lead.status == "NEW" }}
  then:
    - uses: playbook/example`,
    },
  },
  UNKNOWN_FIXTURE: {
    means:
      'A test has a fixture for a step or an action that the playbook does not have, or for a step that calls nothing; or `approvals` name a step that asks nobody.',
    mend: 'Name a step by its `id` or its path, or an action as the playbook writes it. Renamed steps take their fixtures with them.',
    example: {
      wrong: `
steps:
  - uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Olá }
    onError: continue
tests:
  - name: writes to the lead
    fixtures: { email/sned: done }
    expect: [{ effects: [email/send] }]`,
      right: `
steps:
  - uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Olá }
    onError: continue
tests:
  - name: writes to the lead
    fixtures: { email/send: done }
    expect: [{ effects: [email/send] }]`,
    },
  },
  WRONG_FIXTURE: {
    means:
      'What a fixture says that an action answers, the action can never answer: a field that it does not have, or a value of another type. Or an answer to an approval is none.',
    mend: 'Write part of what the action answers; the rest is made up to fit. `done` is enough where the answer does not matter.',
    example: {
      wrong: `
steps:
  - id: score
    uses: sdr/lead-scoring
    with: { lead: '\${{ lead }}' }
tests:
  - name: scores
    fixtures: { score: { output: { points: 80 } } }
    expect: [{ run: completed }]`,
      right: `
steps:
  - id: score
    uses: sdr/lead-scoring
    with: { lead: '\${{ lead }}' }
tests:
  - name: scores
    fixtures: { score: { output: { score: 80 } } }
    expect: [{ run: completed }]`,
    },
  },
  WRONG_EXPECTATION: {
    means:
      'A test expects what this playbook cannot do: a step that it does not have, an effect or an event that no step makes, an approval that no step asks for.',
    mend: 'Name a step by its `id` or its path, an effect by its action as the playbook writes it, an event by its type.',
    example: {
      wrong: `
steps:
  - id: pause
    wait: 2d
tests:
  - name: waits two days
    expect: [{ step: pauze, at: 2d }]`,
      right: `
steps:
  - id: pause
    wait: 2d
tests:
  - name: waits two days
    expect: [{ step: pause, at: 2d }]`,
    },
  },
  TEST_EVENT: {
    means:
      'The event of a test starts nothing, or an event that comes later is waited for by nobody (that is a warning).',
    mend: 'Begin with an event of the playbook’s triggers, or with `inputs` as a person would; where nothing is meant to start, expect `{ run: none }`. Of a schedule or a webhook name one that the playbook has.',
    example: {
      wrong: `
tests:
  - name: starts
    event: { type: lead.nurtured }
    expect: [{ run: completed }]`,
      right: `
tests:
  - name: starts
    event: { type: lead.captured }
    expect: [{ run: completed }]`,
    },
  },
  TESTS_REQUIRED: {
    means:
      'The workspace publishes only playbooks that have tests, and this one has none. Publishing finds this, not the check.',
    mend: 'Write [tests](#tests) under `tests`, or beside the playbook in `<name>.test.yaml`. A run can be made a test: `trae playbook test-from-run`.',
  },
  TEST_FAILED: {
    means:
      'The workspace publishes only playbooks that pass their tests, and this test fails. Publishing finds this, not the check.',
    mend: 'See what happened with `trae playbook test`, and put the playbook or the test right.',
  },
  COVERAGE_TOO_LOW: {
    means:
      'The workspace asks that tests take more of the branches of a playbook than these do. Publishing finds this, not the check.',
    mend: 'Test the branches that the finding names; `trae playbook test --coverage` lists all that no test takes.',
  },
  UNREACHABLE_STEP: {
    means: 'The step before this one always ends the run, so this one and those after it never run.',
    mend: 'Give the `return` an `if`, or take out what follows it.',
    example: {
      wrong: `
- return: { outcome: nurtured }
- wait: 1d`,
      right: `
- if: \${{ lead.unsubscribed }}
  return: { outcome: nurtured }
- wait: 1d`,
    },
  },
  EFFECT_WITHOUT_ERROR_PATH: {
    means: 'The step writes or sends, and nothing says what happens when that fails. As it stands, the run fails.',
    mend: 'Write `retry` for what may pass, `onError: continue` where the run can go on without it, or `onError: fail` to say that this is meant.',
    example: {
      wrong: `
- uses: local-crm/add-note
  with: { leadId: '\${{ lead.id }}', text: Ligar amanhã. }`,
      right: `
- uses: local-crm/add-note
  with: { leadId: '\${{ lead.id }}', text: Ligar amanhã. }
  retry: { maxAttempts: 5 }`,
    },
  },
  WAIT_WITHOUT_TIMEOUT: {
    means: 'If none of the events ever comes, this wait never ends.',
    mend: 'Write a `timeout` inside `waitFor`, and after it a step that asks `timedOut`.',
    example: {
      wrong: `
- waitFor:
    any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }]`,
      right: `
- waitFor:
    any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }]
    timeout: 10d`,
    },
  },
  UNKNOWN_EVENT: {
    means:
      'The type begins with the name of an installed plugin, and that plugin tells no such event, or it is a letter or two away from one that the host tells, so it is likely never to come. It is a warning because a playbook may emit one of that name.',
    mend: 'Take one of the types that the message names; the page of the plugin says what each is for.',
    example: {
      wrong: `
triggers:
  - event: hubspot.contact-changd`,
      right: `
triggers:
  - event: hubspot.contact-changed`,
    },
  },
  UNKNOWN_EVENT_FIELD: {
    means:
      'Events of this type are not known to carry this field. It is a warning because whoever sends an event may add to it.',
    mend: 'See [Events](#events) for what is known, and read a field that may be missing with `.?` or `default(…, …)`. A key of `correlate` that no event carries waits until time is up.',
    example: {
      wrong: `
- set: { name: '\${{ event.name }}' }`,
      right: `
- set: { name: '\${{ event.lead.name }}' }`,
    },
  },
  UNKNOWN_ERROR: {
    means:
      'A `catch` names a code that differs by a letter or two from one that the host has, and that nothing in its `try` raises: it would catch nothing. It is a warning because plugins and other playbooks have codes of their own.',
    mend: 'Correct the code.',
    example: {
      wrong: `
- try:
    - uses: enrichment/person
      with: { email: '\${{ lead.email }}' }
  catch: { errors: [TIMOUT], do: [{ wait: 1d }] }`,
      right: `
- try:
    - uses: enrichment/person
      with: { email: '\${{ lead.email }}' }
  catch: { errors: [TIMEOUT], do: [{ wait: 1d }] }`,
    },
  },
  NOT_AN_EXPRESSION: {
    means:
      'A text looks like an expression of another tool, `{{ lead.name }}`, or like one that nothing stands around, `lead.email`. It is handed on as it is, so whoever gets the mail reads the braces.',
    mend: 'Write it in `${{ }}`. Where the text is meant as it is, for a template of a vendor, leave it: it is a warning.',
    example: {
      wrong: `
- set: { greeting: 'Olá, {{ lead.name }}' }`,
      right: `
- set: { greeting: 'Olá, \${{ lead.name }}' }`,
    },
  },
  NO_TRIGGER: {
    means: 'Nothing starts this playbook: published like this, it runs only when somebody starts it.',
    mend: 'Write what starts it. Where only people and other playbooks are to, say so with an empty list: `triggers: []`.',
  },
  NO_EFFECT: {
    means:
      'A key of a [decision policy](decisions.md#keys-without-effect) changes nothing, whatever is asked of it: a `threshold` without `auto: true`, an input that no rule reads and the model does not learn from, or an option that can never be chosen.',
    mend: 'Write what was meant, or take the key out: the policy decides the same without it.',
  },
}
