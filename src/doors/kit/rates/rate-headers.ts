/** What a caller may still do, as draft-ietf-httpapi-ratelimit-headers has it. */
export interface RateState {
  /** Of what is counted. */
  name: string;
  limit: number;
  windowS: number;
  remaining: number;
  /** Seconds until there is more. */
  untilS: number;
}

export const rateHeaders = ({
  name,
  limit,
  windowS,
  remaining,
  untilS,
}: RateState): Record<string, string> => ({
  'ratelimit-policy': `"${name}";q=${limit};w=${windowS}`,
  ratelimit: `"${name}";r=${remaining};t=${untilS}`,
});
