import * as oidc from 'openid-client';
import type { OidcSettings } from '../../machines/serve-file/oidc.ts';
import { messageOf } from '../lib/text.ts';
import { SignInFailed } from '../ports/access/identity-provider.ts';

/** Nobody who answers in another way than a provider is one: a proxy, a page of an error. */
const unreachable: ReadonlySet<string> = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

const told = 200;

/** A failure of the library, or of the network, in words; what may pass is `oidc.unreachable`. */
export function failureOf(error: unknown, { name, issuer }: OidcSettings): SignInFailed {
  if (error instanceof SignInFailed) return error;
  if (isUnreachable(error))
    return new SignInFailed('oidc.unreachable', `${name} (${issuer}) cannot be reached: ${reasonOf(error)}`, {
      fix: 'try again, or sign in with a token: workflow tokens add <name>',
      cause: error,
    });

  return new SignInFailed('oidc.refused', `${name} did not sign anybody in: ${reasonOf(error)}`, {
    cause: error,
  });
}

/** The device flow: nobody has decided yet, or it was asked too soon. */
export function isPending(error: unknown): boolean {
  return (
    error instanceof oidc.ResponseBodyError &&
    (error.error === 'authorization_pending' || error.error === 'slow_down')
  );
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500 || error.status === 429;
  const isNetwork = error instanceof TypeError && error.message === 'fetch failed';

  return isNetwork || (error instanceof oidc.ClientError && unreachable.has(error.code ?? ''));
}

/** What the provider said, without what could steer a terminal. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  const said =
    error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError
      ? [error.error, error.error_description].filter((text) => text !== undefined).join(': ')
      : [messageOf(error), ...(cause instanceof Error ? [messageOf(cause)] : [])].join(': ');

  return said.replaceAll(/\p{Cc}/gu, ' ').slice(0, told);
}
