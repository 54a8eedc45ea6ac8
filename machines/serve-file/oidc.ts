import type { Json } from '../../events/canonical-json.ts';
import { isEnough, type Level } from '../agents/declared-agent.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { choice, filled, listOf, strict } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import { isLoopbackName } from '../loopback.ts';

/** What the members of a group of the provider may do, as a token of this level and domain would. */
export type GroupRight = { readonly group: string; readonly level: Level; readonly domain?: string };

/** Who signs people in: an OpenID Connect provider. */
export type OidcSettings = {
  /** What the button says. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** The name of the secret; absent for a public client. */
  readonly clientSecret?: string;
  readonly scopes: readonly string[];
  /** The claim whose value stands in the journal as the name of the user. */
  readonly userClaim: string;
  readonly groupsClaim: string;
  readonly groups: readonly GroupRight[];
  /** Where browsers reach this server: the provider sends them back there. Absent: only on this machine. */
  readonly origin?: string;
};

const claim = () =>
  filled('the name of a claim').refine((value) => value.length <= 200, { error: 'expected a shorter name' });

const issuer = filled('the address of the issuer').refine(isSafeAddress, {
  error: 'expected an address that begins with https://, or with http:// on this machine itself',
});

const origin = filled('an origin').refine(
  (value) => isSafeAddress(value) && new URL(value).origin === value,
  {
    error: 'expected an origin without a path, such as https://workflow.example',
  },
);

const groupSchema = strict({
  group: filled('a group').describe('The group as the provider calls it.'),
  level: choice(['L0', 'L1', 'L2', 'L3']).describe('What its members may do at most.'),
  domain: filled('a domain').optional().describe('With L2 or L3: the domain that they are bounded to.'),
});

const oidcSchema = strict({
  name: filled('a name')
    .optional()
    .describe('What the button says: "Sign in with <name>". Default: the host.'),
  issuer: issuer.describe('The issuer, exactly as the provider calls itself.'),
  client_id: filled('the id of the client').describe('What this server is called there.'),
  client_secret: filled('the name of a secret').optional().describe('The secret of the client, by its name.'),
  scopes: listOf(filled('a scope'), 'a list of scopes')
    .optional()
    .describe('What is asked for. Default: openid, offline_access.'),
  user_claim: claim().optional().describe('The claim that names the user. Default: sub.'),
  groups_claim: claim().optional().describe('The claim that lists the groups. Default: groups.'),
  groups: listOf(groupSchema, 'a list of groups')
    .min(1, { error: 'expected at least one group: nobody could sign in' })
    .describe('Who may sign in; of several groups the highest level counts.'),
  origin: origin.optional().describe('Where browsers reach this server, such as https://workflow.example.'),
});

/** An address that nobody on the way can read or change. */
function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;

  return protocol === 'https:' || (protocol === 'http:' && isLoopbackName(hostname));
}

/** The block `oidc` of serve.yaml; undefined where there is none, or one that cannot be used. */
export function readOidc(
  raw: Json | undefined,
  report: (...findings: readonly Finding[]) => void,
): OidcSettings | undefined {
  if (raw === undefined || raw === null) return undefined;
  const read = parseSalvaging({ schema: strict({ oidc: oidcSchema }), value: { oidc: raw }, path: [] });
  report(...read.findings);
  const written = read.value?.oidc;
  if (written === undefined) return undefined;
  const { scopes = ['openid', 'offline_access'] } = written;

  return defined({
    name: written.name ?? new URL(written.issuer).host,
    issuer: written.issuer,
    clientId: written.client_id,
    clientSecret: written.client_secret,
    scopes: scopes.includes('openid') ? scopes : ['openid', ...scopes],
    userClaim: written.user_claim ?? 'sub',
    groupsClaim: written.groups_claim ?? 'groups',
    groups: written.groups.map((each) => defined({ ...each })),
    origin: written.origin,
  });
}

/** The right of somebody who is in these groups: the highest level, and of equal ones the first that is listed. */
export function rightOfGroups(
  groups: readonly string[],
  rights: readonly GroupRight[],
): GroupRight | undefined {
  const own = rights.filter(({ group }) => groups.includes(group));

  return own.find(({ level }) => own.every((other) => isEnough(level, other.level)));
}
