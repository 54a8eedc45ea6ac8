import { defined } from '../../../../machines/language/defined.ts';
import { parseDuration } from '../../../../machines/language/duration.ts';
import type { HttpOptions } from '../../app.ts';
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

type HttpFlags = {
  /** False for `--no-http`, true by default. */
  readonly http?: string | boolean;
  readonly readOnly?: boolean;
  readonly allowHost?: readonly string[];
  readonly trustProxy?: boolean;
};

/** How the dashboard is served; undefined if it is not. Throws CliFailure. */
function httpOf(flags: HttpFlags, actor: string): HttpOptions | undefined {
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
