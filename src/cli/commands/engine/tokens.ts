import { isReservedName, type Level, reservedNamesText } from '../../../../machines/agents/declared-agent.ts';
import { parseDuration } from '../../../../machines/language/duration.ts';
import type { TokenEntry } from '../../../ports/access/access.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatTime } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type AddTokenFlags = { readonly level: Level; readonly domain?: string; readonly expires?: string };

export type OwnTokenFlags = { readonly link?: boolean; readonly nats?: boolean };

const nameLengthMax = 200;

/** `workflow token`: what opens this project for whoever owns it: the HTTP API, a browser, or the NATS server. */
export async function ownToken(
  { app, output, projectDir, hint }: Invocation,
  { link = false, nats = false }: OwnTokenFlags,
): Promise<ExitCode> {
  const keys = await app.owner(projectDir());
  if (nats) return told(output, 'NatsAddress', { url: await keys.natsUrl() });
  if (!link) return told(output, 'OwnToken', { token: await keys.token() });
  const url = await keys.link();
  if (url === undefined)
    throw new CliFailure('dashboard.none', 'no engine of this project serves a dashboard', hint('serve'));

  return told(output, 'DashboardLink', { url });
}

function told(output: Invocation['output'], kind: string, one: Readonly<Record<string, string>>): ExitCode {
  output.document(kind, one);
  output.data(Object.values(one).join(''));

  return 0;
}

/** `workflow tokens list`: what opens the HTTP API, and for whom. */
export async function listTokens({
  app,
  io,
  output,
  options,
  projectDir,
  hint,
}: Invocation): Promise<ExitCode> {
  const items = await (await app.access(projectDir())).list();
  output.document('TokenList', { total: items.length, items });
  if (items.length === 0) {
    output.note(`no tokens but your own (${hint('token')}); for others: ${hint('tokens', 'add', '<name>')}`);
    return 0;
  }
  const columns = output.columns();
  const at = (iso: string): string => formatTime(iso, options.time ?? 'relative', io.clock.now());
  const rows = items.map(({ id, as, level, domain = '', createdAt, expiresAt }) => {
    const expires = expiresAt === undefined ? 'never' : at(expiresAt);

    return [id, oneLine(as), level, oneLine(domain), at(createdAt), expires];
  });
  const titles = ['ID', 'AS', 'LEVEL', 'DOMAIN', 'CREATED', 'EXPIRES'].map((title) => ({ title }));
  const style = { ...(columns === undefined ? {} : { columns }), title: output.paint.dim };
  output.data(formatTable(titles, rows, style));

  return 0;
}

/** `workflow tokens add <name>`: the token goes to stdout, and is shown this once. */
export async function addToken(
  { app, io, output, projectDir }: Invocation,
  name: string,
  flags: AddTokenFlags,
): Promise<ExitCode> {
  refuseName(name);
  const expiresAt = expiryOf(flags, io.clock.now());
  const access = await app.access(projectDir());
  const { token, entry } = await access.add({
    as: name,
    level: flags.level,
    ...(flags.domain === undefined ? {} : { domain: flags.domain }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  output.document('Token', { ...entry, token });
  output.data(token);
  output.note(`${entry.id}: ${reach(entry)}. It is shown this once; send it as "Authorization: Bearer ..."`);

  return 0;
}

/** `workflow tokens revoke <id>`. */
export async function revokeToken(
  { app, output, projectDir, hint }: Invocation,
  id: string,
): Promise<ExitCode> {
  const isRevoked = await (await app.access(projectDir())).revoke(id);
  if (!isRevoked)
    throw new CliFailure('token.unknown', `there is no token ${JSON.stringify(id)}`, hint('tokens', 'list'));
  output.document('TokenRevoked', { id });
  output.data(`${id} opens nothing any more`);

  return 0;
}

function refuseName(name: string): void {
  const isPlain = name.trim() !== '' && name.length <= nameLengthMax && !/\p{Cc}/u.test(name);
  if (isPlain && !isReservedName(name)) return;
  const rule = `a name has 1 to ${nameLengthMax} characters, and none that steers a terminal; ${reservedNamesText}`;

  throw new CliFailure('usage.name', `a token cannot stand for ${JSON.stringify(name)}: ${rule}`);
}

function expiryOf({ expires }: AddTokenFlags, nowMs: number): string | undefined {
  if (expires === undefined) return undefined;
  const parsed = parseDuration(expires);
  if (!parsed.ok) throw new CliFailure('usage.expires', `--expires: ${parsed.reason}`);

  return new Date(nowMs + parsed.ms).toISOString();
}

function reach({ as, level, domain, expiresAt }: TokenEntry): string {
  const whose = domain === undefined ? '' : ` of the domain ${domain}`;

  return `opens for ${as} what ${level}${whose} may do, ${expiresAt === undefined ? 'for ever' : `until ${expiresAt}`}`;
}
