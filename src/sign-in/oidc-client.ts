import * as oidc from 'openid-client';
import type { Json } from '../../events/canonical-json.ts';
import { isReservedName } from '../../machines/agents/declared-agent.ts';
import { type OidcSettings, rightOfGroups } from '../../machines/serve-file/oidc.ts';
import {
  type Challenge,
  type DeviceRequest,
  type Grant,
  type IdentityProvider,
  SignInFailed,
} from '../ports/access/identity-provider.ts';
import type { ProjectSecrets } from '../ports/access/secrets.ts';
import { failureOf, isPending } from './oidc-failures.ts';

type Claims = Readonly<Record<string, Json | undefined>>;
type Tokens = Pick<oidc.TokenEndpointResponse, 'access_token' | 'refresh_token' | 'id_token'>;
type Answer = Tokens & { readonly claims: () => { readonly sub: string } | undefined };
type Connected = { readonly config: oidc.Configuration; readonly settings: OidcSettings };

export type OidcClientDeps = {
  /** What serve.yaml says now. */
  readonly settings: () => OidcSettings | undefined;
  readonly secrets: Pick<ProjectSecrets, 'get'>;
};

const timeoutS = 10;
const userLengthMax = 200;
const groupsMax = 1_000;
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const offlineScope = 'offline_access';

/** Signs people in by the OpenID Connect provider of serve.yaml, of which nothing is asked before somebody signs in. */
export function createOidcClient(deps: OidcClientDeps): IdentityProvider {
  const connected = createConnection(deps);
  /** Every failure of the library becomes one that people can read. */
  const asking = async <T>(act: (connected: Connected) => Promise<T>): Promise<T> => {
    const provider = await connected();
    return act(provider).catch((error: unknown) => {
      throw failureOf(error, provider.settings);
    });
  };

  return {
    current: () => {
      const found = deps.settings();
      return found && { name: found.name, ...(found.origin === undefined ? {} : { origin: found.origin }) };
    },
    begin: (redirectUri) => asking((provider) => begin(provider, redirectUri)),
    complete: (challenge, query) => asking((provider) => complete(provider, challenge, query)),
    beginDevice: () => asking(beginDevice),
    pollDevice: (deviceCode) =>
      asking(async (provider) => {
        const parameters = { device_code: deviceCode };
        const answer = await oidc
          .genericGrantRequest(provider.config, deviceGrant, parameters)
          .catch((error: unknown) => {
            if (!isPending(error)) throw error;
          });
        return answer === undefined ? undefined : granted(provider, answer);
      }),
    check: (grant) => asking((provider) => checked(provider, grant)),
    end: (grant, returnTo) => asking((provider) => ended(provider, grant, returnTo)),
  };
}

/** The provider as it describes itself: asked once, and again when serve.yaml or the secret has changed. */
function createConnection({ settings, secrets }: OidcClientDeps): () => Promise<Connected> {
  let known: { readonly key: string; readonly connected: Promise<Connected> } | undefined;

  return async () => {
    const found = settings();
    if (found === undefined)
      throw new SignInFailed('oidc.off', 'serve.yaml names no provider that signs people in', {
        fix: 'sign in with a token: workflow tokens add <name>',
      });
    const secret = found.clientSecret === undefined ? undefined : secretOf(found.clientSecret, secrets);
    const key = JSON.stringify([found, secret]);
    if (known?.key !== key) {
      const connected = connect(found, secret);
      known = { key, connected };
      connected.catch(() => {
        if (known?.connected === connected) known = undefined;
      });
    }

    return known.connected;
  };
}

function secretOf(name: string, secrets: OidcClientDeps['secrets']): string {
  const secret = secrets.get(name);
  if (secret !== undefined) return secret;
  const message = `the secret ${name}, which serve.yaml names as that of the client, is not set where the engine runs`;

  throw new SignInFailed('oidc.settings', message, { fix: `${name}=... in .3ox/secrets.env` });
}

async function connect(settings: OidcSettings, secret: string | undefined): Promise<Connected> {
  const issuer = new URL(settings.issuer);
  const insecure = issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  try {
    const config = await oidc.discovery(
      issuer,
      settings.clientId,
      secret,
      secret === undefined ? oidc.None() : undefined,
      // Its signature is checked, too: that an ID token came from the right address is not enough for us.
      { execute: [...insecure, oidc.enableNonRepudiationChecks], timeout: timeoutS },
    );

    return { config, settings };
  } catch (error) {
    throw failureOf(error, settings);
  }
}

async function begin({ config, settings: { scopes } }: Connected, redirectUri: string) {
  const verifier = oidc.randomPKCECodeVerifier();
  const challenge: Challenge = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier,
    redirectUri,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: scopes.join(' '),
    state: challenge.state,
    nonce: challenge.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // Without being asked for their consent nobody is given a refresh token.
    ...(scopes.includes(offlineScope) ? { prompt: 'consent' } : {}),
  });

  return { url: url.href, challenge };
}

async function complete(
  provider: Connected,
  { state, nonce, verifier, redirectUri }: Challenge,
  query: string,
): Promise<Grant> {
  const url = new URL(redirectUri);
  url.search = query;
  const answer = await oidc.authorizationCodeGrant(provider.config, url, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });

  return granted(provider, answer);
}

async function beginDevice({ config, settings: { scopes } }: Connected): Promise<DeviceRequest> {
  const asked = await oidc.initiateDeviceAuthorization(config, { scope: scopes.join(' ') });
  const { verification_uri_complete: whole } = asked;

  return {
    deviceCode: asked.device_code,
    userCode: asked.user_code,
    verificationUri: asked.verification_uri,
    ...(whole === undefined ? {} : { verificationUriComplete: whole }),
    expiresInMs: asked.expires_in * 1_000,
    intervalMs: (asked.interval ?? 5) * 1_000,
  };
}

/** A first grant: of somebody who has signed in just now. */
async function granted(provider: Connected, answer: Answer): Promise<Grant> {
  const { config, settings } = provider;
  const claims = answer.claims();
  if (claims === undefined)
    throw new SignInFailed('oidc.refused', `${settings.name} vouched for nobody: it sent no ID token`);
  const { introspection_endpoint: introspection, userinfo_endpoint: userinfo } = config.serverMetadata();
  if (answer.refresh_token === undefined && introspection === undefined && userinfo === undefined) {
    const message = `${settings.name} offers no way to ask whether somebody is still let in`;
    throw new SignInFailed('oidc.cannot-check', message, { fix: `add the scope ${offlineScope}` });
  }

  return grantOf(provider, { answer, subject: claims.sub, idClaims: claims as Claims });
}

type Told = {
  readonly answer: Tokens;
  readonly subject: string;
  readonly idClaims: Claims;
};

/** What the ID token does not say of the user is asked for. */
async function grantOf(provider: Connected, { answer, subject, idClaims }: Told): Promise<Grant> {
  const { config, settings } = provider;
  const isMissing = [settings.userClaim, settings.groupsClaim].some((name) => idClaims[name] === undefined);
  const hasMore = config.serverMetadata().userinfo_endpoint !== undefined;
  const more =
    isMissing && hasMore ? await oidc.fetchUserInfo(config, answer.access_token, subject) : undefined;
  const user = userOf({ ...(more as Claims | undefined), ...idClaims }, settings);

  return {
    subject,
    ...user,
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(answer.id_token === undefined ? {} : { idToken: answer.id_token }),
  };
}

/** Throws SignInFailed for claims that name nobody, or nobody who may sign in. */
function userOf(claims: Claims, settings: OidcSettings): Pick<Grant, 'actor' | 'level' | 'domain'> {
  const { userClaim, groupsClaim, groups } = settings;
  const actor = claims[userClaim];
  const isUnproved = userClaim === 'email' && claims['email_verified'] === false;
  if (typeof actor !== 'string' || !isName(actor) || isUnproved) {
    const message = `the claim ${userClaim} ${isUnproved ? 'was not verified by the provider' : 'names nobody'}`;
    throw new SignInFailed('oidc.no-user', message, {
      fix: 'name another claim as user_claim in serve.yaml',
    });
  }
  const right = rightOfGroups(groupsIn(claims[groupsClaim]), groups);
  if (right === undefined) {
    const message = `${actor} is in none of the groups that serve.yaml lets in`;
    throw new SignInFailed('oidc.no-group', message, { fix: `the claim ${groupsClaim} has to list one` });
  }
  const { level, domain } = right;

  return { actor, level, ...(domain === undefined ? {} : { domain }) };
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= userLengthMax && !/\p{Cc}/u.test(name) && !isReservedName(name);
}

/** A single group may be written without a list. */
function groupsIn(claim: Json | undefined): readonly string[] {
  const list = Array.isArray(claim) ? claim : [claim];

  return list.slice(0, groupsMax).filter((each) => typeof each === 'string');
}

/** Asks in the way that tells most: for new tokens, else about the one there is, else about the user. */
async function checked(provider: Connected, grant: Grant): Promise<Grant> {
  const { config, settings } = provider;
  const { subject, accessToken, refreshToken, idToken } = grant;
  if (refreshToken !== undefined) return refreshed(provider, { ...grant, refreshToken });
  const { introspection_endpoint: introspection, userinfo_endpoint: userinfo } = config.serverMetadata();
  if (introspection !== undefined) {
    const { active } = await oidc.tokenIntrospection(config, accessToken);
    if (!active) throw new SignInFailed('oidc.refused', `${settings.name} has taken the sign-in back`);
    if (userinfo === undefined) return grant;
  }
  const answer = { access_token: accessToken, ...(idToken === undefined ? {} : { id_token: idToken }) };

  return grantOf(provider, { answer, subject, idClaims: {} });
}

async function refreshed(
  provider: Connected,
  grant: Grant & { readonly refreshToken: string },
): Promise<Grant> {
  const { config, settings } = provider;
  const { subject, refreshToken, idToken } = grant;
  const answer = await oidc.refreshTokenGrant(config, refreshToken);
  const claims = answer.claims();
  if (claims !== undefined && claims.sub !== subject)
    throw new SignInFailed('oidc.refused', `${settings.name} vouches for somebody else than before`);
  // Not everybody gives a new refresh token, or a new ID token.
  const kept = { refresh_token: refreshToken, ...(idToken === undefined ? {} : { id_token: idToken }) };
  const told = { ...kept, ...answer };
  if (claims === undefined && config.serverMetadata().userinfo_endpoint === undefined)
    return { ...grant, accessToken: told.access_token, refreshToken: told.refresh_token };

  return grantOf(provider, { answer: told, subject, idClaims: (claims ?? {}) as Claims });
}

async function ended(
  { config, settings }: Connected,
  { accessToken, refreshToken, idToken }: Grant,
  returnTo: string | undefined,
): Promise<string | undefined> {
  const { revocation_endpoint: revocation, end_session_endpoint: end } = config.serverMetadata();
  if (revocation !== undefined)
    for (const token of [refreshToken, accessToken])
      if (token !== undefined) await oidc.tokenRevocation(config, token);
  if (end === undefined || idToken === undefined || returnTo === undefined) return undefined;

  return oidc.buildEndSessionUrl(config, {
    id_token_hint: idToken,
    client_id: settings.clientId,
    post_logout_redirect_uri: returnTo,
  }).href;
}
