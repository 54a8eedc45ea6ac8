import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defined } from '../../../../machines/language/defined.ts';
import { parseDuration } from '../../../../machines/language/duration.ts';
import { messageOf } from '../../../lib/text.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatTime, type TimeStyle } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { HttpOptions, ProjectServer } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { actorOf } from '../actor.ts';

const portMax = 65_535;
const hostDefault = '127.0.0.1';

export type ServeFlags = HttpFlags & { readonly drain: string; readonly bundle?: string | true };

/** `workflow serve`: an engine that shares all runs of the project with the others, until it is stopped. */
export async function serveCommand(
  { app, io, output, projectDir }: Invocation,
  flags: ServeFlags,
): Promise<ExitCode> {
  const drainMs = drainMsOf(flags);
  const http = httpOf(flags, actorOf(io, undefined));
  const stop = new AbortController();
  const release = io.onInterrupt(() => {
    output.note(`stopping: what is under way may take ${flags.drain} to end; once more stops at once`);
    stop.abort();
  });
  try {
    const bundle = flags.bundle === true ? 'current' : flags.bundle;
    const options = { projectDir: projectDir(), signal: stop.signal, drainMs };
    await app.serve({ ...options, ...defined({ http, bundle }) }, (message) => output.note(message));
  } finally {
    release();
  }
  output.note('the engine has stopped; every run is safe in the journal');

  return 0;
}

function drainMsOf({ drain }: ServeFlags): number {
  const parsed = parseDuration(drain, { zero: true });
  if (!parsed.ok) throw new CliFailure('usage.drain', `--drain: ${parsed.reason}`);

  return parsed.ms;
}

/** `workflow down`: stops the NATS server that was brought up for the project. Its data stays. */
export async function down({ app, output, projectDir }: Invocation): Promise<ExitCode> {
  const outcome = await app.down(projectDir());
  output.document('Down', { outcome });
  output.data(
    outcome === 'stopped'
      ? 'the server of this project has stopped; its journal stays'
      : 'no server of this project is running',
  );

  return 0;
}

/** `workflow servers`: the NATS servers of projects that run on this machine; `--stop` ends them, or those named. */
export async function servers(
  { app, io, output, hint, options }: Invocation,
  folders: readonly string[],
  { stop = false }: { readonly stop?: boolean },
): Promise<ExitCode> {
  const running = await app.servers();
  const wanted = await Promise.all(folders.map((folder) => realPath(resolve(io.cwd, folder))));
  const unknown = wanted.find((folder) => running.every(({ projectDir }) => projectDir !== folder));
  if (unknown !== undefined)
    throw new CliFailure('server.not-running', `no server of ${unknown} is running`, hint('servers'));
  const items = running.filter(({ projectDir }) => wanted.length === 0 || wanted.includes(projectDir));
  const left = stop ? await stopAll(app, items) : undefined;
  const stopped = left?.length === 0;
  output.document('Servers', { stopped, items: items.map((each) => ({ ...each })), left: [...(left ?? [])] });
  if (items.length === 0) output.note('no server of a project is running');
  else output.data(serverTable(output, items, { nowMs: io.clock.now(), style: options.time ?? 'relative' }));
  if (left !== undefined) return reportStopped(output, items.length, left);
  if (items.length > 0) output.note(`stop them: ${hint('servers', '--stop')}, or one: with its folder`);

  return 0;
}

/** Servers are listed by the real paths of their projects. A project that was removed has none. */
function realPath(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}

function reportStopped(output: Invocation['output'], asked: number, left: readonly Left[]): ExitCode {
  if (asked > 0) output.note(`${asked - left.length} stopped; their journals stay`);
  for (const { projectDir, pid, why } of left)
    output.note(`not stopped: ${oneLine(projectDir)}, process ${pid}: ${oneLine(why)}`);

  return left.length === 0 ? 0 : 1;
}

type Left = { readonly projectDir: string; readonly pid: number; readonly why: string };

/** One that cannot be stopped keeps none of the others: resolves with those that were not, and why. */
async function stopAll(app: Invocation['app'], items: readonly ProjectServer[]): Promise<readonly Left[]> {
  const left: Left[] = [];
  for (const { projectDir, pid } of items) {
    try {
      const outcome = await app.down(projectDir, pid);
      if (outcome === 'not-running') left.push({ projectDir, pid, why: 'it had ended before' });
    } catch (error) {
      left.push({ projectDir, pid, why: messageOf(error) });
    }
  }

  return left;
}

function serverTable(
  output: Invocation['output'],
  items: readonly ProjectServer[],
  { nowMs, style }: { readonly nowMs: number; readonly style: TimeStyle },
): string {
  const columns = output.columns();
  const rows = items.map(({ projectDir, pid, startedAt, url }) => [
    oneLine(projectDir),
    String(pid),
    startedAt === undefined ? '' : formatTime(startedAt, style, nowMs),
    url ?? '',
  ]);

  return formatTable(
    [
      { title: 'PROJECT', flexible: true },
      { title: 'PID', align: 'right' },
      { title: 'STARTED' },
      { title: 'ADDRESS' },
    ],
    rows,
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

export type HttpFlags = {
  /** False for `--no-http`, true by default. */
  readonly http?: string | boolean;
  readonly readOnly?: boolean;
  readonly allowHost?: readonly string[];
  readonly trustProxy?: boolean;
};

/** How the dashboard is served; undefined if it is not. Throws CliFailure. */
export function httpOf(flags: HttpFlags, actor: string): HttpOptions | undefined {
  const { http = true, readOnly = false, allowHost = [], trustProxy = false } = flags;
  if (http === false) return undefined;
  const address = http === true ? { host: hostDefault, port: undefined } : addressOf(http);

  return { ...address, readOnly, allowHosts: allowHost.map((name) => name.toLowerCase()), trustProxy, actor };
}

/** `7420`, `0.0.0.0:7420`, `[::1]:7420`. */
function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, name, digits] =
    /^(?:(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > portMax)
    throw new CliFailure(
      'usage.http',
      `--http ${JSON.stringify(text)} is no address: expected [host:]port, with a port from 0 to ${portMax}`,
      'workflow serve --http 127.0.0.1:7420',
    );

  return { host: bracketed ?? name ?? hostDefault, port };
}
