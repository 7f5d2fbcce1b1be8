import { type ChoiceSource, type Context, type CredentialField, type DealStage, hasCode } from 'trae-os/sdk'

/** The stages of the pipeline that every account begins with. */
const STAGES: Readonly<Record<DealStage, string>> = {
  PROSPECTING: 'appointmentscheduled',
  QUALIFICATION: 'qualifiedtobuy',
  PROPOSAL: 'presentationscheduled',
  NEGOTIATION: 'contractsent',
  WON: 'closedwon',
  LOST: 'closedlost',
}
const FIELDS: Readonly<Record<DealStage, string>> = {
  PROSPECTING: 'stageProspecting',
  QUALIFICATION: 'stageQualification',
  PROPOSAL: 'stageProposal',
  NEGOTIATION: 'stageNegotiation',
  WON: 'stageWon',
  LOST: 'stageLost',
}
const CURRENCY = 'BRL'

const setting = (title: string, help: string, options?: ChoiceSource): CredentialField => ({
  title,
  help,
  secret: false,
  optional: true,
  ...(options ? { options } : {}),
})
const listed = (list: string): Pick<ChoiceSource, 'action' | 'list' | 'value' | 'label'> => ({
  action: 'list-pipelines',
  list,
  value: 'id',
  label: 'label',
})

/** Where deals stand in HubSpot: what is chosen with an account, of either kind. */
export const dealSettings: Readonly<Record<string, CredentialField>> = {
  pipeline: setting(
    'Pipeline',
    'For the deals of playbooks; the first of the account without it.',
    listed('pipelines'),
  ),
  ...Object.fromEntries(
    Object.entries(FIELDS).map(([stage, field]) => [
      field,
      setting(
        titleOf(stage as DealStage),
        `Id of a stage of that pipeline; ${STAGES[stage as DealStage]} without it.`,
        {
          ...listed('stages'),
          note: 'pipeline',
        },
      ),
    ]),
  ),
  currency: setting(
    'Currency of the account',
    `${CURRENCY} without it. A deal in another one has no amount in HubSpot.`,
  ),
}

export interface DealPlace {
  /** Undefined: the first of the account. */
  readonly pipeline: string | undefined
  /** The internal id of the stage in HubSpot. */
  readonly stage: string
  /** What a person calls the setting that says so. */
  readonly setting: string
  /** ISO 4217. */
  readonly currency: string
}

/** Where a deal of this stage stands in HubSpot, by the settings of the account. Throws `CREDENTIAL`. */
export async function dealPlace(ctx: Context, stage: DealStage): Promise<DealPlace> {
  const settings = await settingsOf(ctx)
  const given = (name: string) => settings[name]?.trim() || undefined
  return {
    pipeline: given('pipeline'),
    stage: given(FIELDS[stage]) ?? STAGES[stage],
    setting: titleOf(stage),
    currency: given('currency')?.toUpperCase() ?? CURRENCY,
  }
}

/** Of the account that requests go out with. */
async function settingsOf(ctx: Context): Promise<Readonly<Record<string, string>>> {
  try {
    return await ctx.credential('hubspot')
  } catch (error) {
    if (!hasCode(error, 'CREDENTIAL')) throw error
    return ctx.credential('private-app')
  }
}

function titleOf(stage: DealStage): string {
  return `Stage for ${stage.toLowerCase()}`
}
