import { gql, type TypedDocumentNode } from 'urql'
import type { Campaign, CampaignDay, CampaignDayPutInput, CampaignPutInput, UserError } from '../../api/schema.ts'

export type Day = Pick<CampaignDay, 'campaignId' | 'day' | 'impressions' | 'clicks' | 'leads' | 'spend'>

export const CAMPAIGNS: TypedDocumentNode<
  { campaigns: readonly Campaign[]; campaignDays: readonly Day[] },
  { from: string; to: string }
> = gql`
  query Campaigns($from: String!, $to: String!) {
    campaigns {
      id
      name
      channel
      status
      currency
    }
    campaignDays(from: $from, to: $to) {
      campaignId
      day
      impressions
      clicks
      leads
      spend
    }
  }
`

type Answer = { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } }

export const PUT_CAMPAIGN: TypedDocumentNode<Answer, { input: CampaignPutInput }> = gql`
  mutation PutCampaign($input: CampaignPutInput!) {
    answer: campaignPut(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
export const PUT_DAY: TypedDocumentNode<Answer, { input: CampaignDayPutInput }> = gql`
  mutation PutCampaignDay($input: CampaignDayPutInput!) {
    answer: campaignDayPut(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
