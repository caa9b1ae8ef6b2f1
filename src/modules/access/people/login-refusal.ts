/** Why a login by way of an OpenID provider did not come about, as far as it matters to the one who tries, and to the operator. */
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';

export type LoginObstacle =
  /** It cannot be reached, or is out of order. */
  | 'provider-away'
  /** It did not let them in, or they changed their mind. */
  | 'denied'
  /** The code of its answer was used before, has ended, or is another's. */
  | 'code-spent'
  /** It does not know this service by this id, secret or address, or not what it asks for. */
  | 'misconfigured'
  /** What it vouches for has ended when it comes. */
  | 'clocks-differ'
  /** What it answered is none of what was asked, is not signed by it, or cannot be read. */
  | 'untrusted';

/** `message` is for the log, and free of secrets. */
export class LoginRefusal extends Error {
  override readonly name = 'LoginRefusal';

  constructor(
    readonly obstacle: LoginObstacle,
    message: string,
  ) {
    super(message);
  }
}

const textMax = 300;

/** Of what was thrown while the provider was asked. Its own texts may be of any length, and may have been made for a log. */
export function refusalOf(error: unknown): LoginRefusal {
  const message = `${codeOf(error)}: ${error instanceof Error ? error.message : 'unknown'}`;
  return new LoginRefusal(obstacleOf(error), message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, textMax));
}

function obstacleOf(error: unknown): LoginObstacle {
  if (error instanceof AuthorizationResponseError) return byAnswer(error.error);
  if (error instanceof ResponseBodyError)
    return error.status >= 500 ? 'provider-away' : byAnswer(error.error);
  if (error instanceof WWWAuthenticateChallengeError) return 'misconfigured';
  // As `fetch` throws it.
  if (error instanceof TypeError) return 'provider-away';
  return error instanceof ClientError ? byCode(error) : 'untrusted';
}

const answers: Record<string, LoginObstacle> = {
  access_denied: 'denied',
  login_required: 'denied',
  consent_required: 'denied',
  interaction_required: 'denied',
  account_selection_required: 'denied',
  server_error: 'provider-away',
  temporarily_unavailable: 'provider-away',
  invalid_grant: 'code-spent',
};

const byAnswer = (answer: string): LoginObstacle =>
  Object.hasOwn(answers, answer) ? (answers[answer] ?? 'misconfigured') : 'misconfigured';

function byCode({ code, cause }: ClientError): LoginObstacle {
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') return 'provider-away';
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') return 'clocks-differ';
  if (!(cause instanceof Response)) return 'untrusted';
  return cause.status >= 500 ? 'provider-away' : 'misconfigured';
}

function codeOf(error: unknown): string {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return error.error;
  return error instanceof ClientError ? (error.code ?? 'unknown') : 'unreachable';
}
