import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';

/** `workflow serve`: an engine that works on all runs of the project until it is stopped. */
export async function serve({ app, io, output, projectDir }: Invocation): Promise<ExitCode> {
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  try {
    await app.serve({ projectDir: projectDir(), signal: stop.signal }, (message) => output.note(message));
  } finally {
    release();
  }
  output.note('the engine has stopped; every run is safe in the journal');

  return 0;
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
