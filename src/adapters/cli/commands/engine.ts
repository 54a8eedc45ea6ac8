import { parseDuration } from '../../../../machines/language/duration.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { actorOf } from './actor.ts';
import { type HttpFlags, httpOf } from './http-flags.ts';

export type ServeFlags = HttpFlags & { readonly drain: string };

/** `workflow serve`: an engine that shares all runs of the project with the others, until it is stopped. */
export async function serve(
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
    const options = { projectDir: projectDir(), signal: stop.signal, drainMs };
    await app.serve({ ...options, ...(http === undefined ? {} : { http }) }, (message) =>
      output.note(message),
    );
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
