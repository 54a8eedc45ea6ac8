import { resolve } from 'node:path';
import { didYouMean } from '../../../../machines/language/suggest.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { CliFailure } from '../../cli-failure.ts';
import { type Demo, demos } from '../../demo/demos.ts';
import { makeDemoProject } from '../../demo/make-project.ts';
import { playDemo } from '../../demo/play.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { createInvocation, type Invocation } from '../../invocation.ts';
import { withPorts } from '../../with-ports.ts';
import { executionsCommand } from '../triggers/executions.ts';

export type DemoFlags = { readonly into?: string; readonly ask?: boolean };

const drainMs = 3_000;

/** `workflow demo [name]`: a definition with its triggers and agents, from nothing to its record of executions. */
export async function demo(given: Invocation, name: string | undefined, flags: DemoFlags): Promise<ExitCode> {
  if (name === undefined) return listDemos(given);
  const chosen = demoNamed(name);
  refuseUnplayable(given, flags);
  const { app, io, options } = given;
  const shown = flags.into ?? `3ox-demo-${name}`;
  const folder = resolve(io.cwd, shown);
  await makeDemoProject(folder, { shown, definitions: chosen.definitions });
  const invocation = createInvocation(app, io, { ...options, project: shown });
  invocation.output.note(`a project for it is in ${shown}; an engine and a server come up in it`);

  return play(invocation, chosen, flags.ask === true ? io.prompt : undefined);
}

function listDemos({ output, hint }: Invocation): ExitCode {
  output.document('DemoList', { items: demos.map(({ name, about }) => ({ name, about })) });
  const rows = demos.map(({ name, about }) => [name, about]);
  const columns = output.columns();
  const fit = columns === undefined ? {} : { columns };
  output.data(
    formatTable([{ title: 'DEMO' }, { title: 'WHAT IT SHOWS', flexible: true }], rows, {
      ...fit,
      title: output.paint.dim,
    }),
  );
  output.note(`see one with ${hint('demo', demos[0]?.name ?? '')}`);

  return 0;
}

function demoNamed(name: string): Demo {
  const found = demos.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = demos.map((each) => each.name);

  throw new CliFailure(
    'usage.demo',
    `there is no demo "${name}"${didYouMean(name, names)}`,
    `one of ${names.join(', ')}`,
  );
}

/** A demo must not mix with real data. */
function refuseUnplayable({ io }: Invocation, { ask = false }: DemoFlags): void {
  if ((io.env['NATS_URL'] ?? '') !== '') {
    throw new CliFailure(
      'usage.demo',
      'a demo brings up a server of its own, and NATS_URL names another one',
      'unset NATS_URL',
    );
  }
  if (ask && io.prompt === undefined)
    throw new CliFailure('usage.ask', '--ask needs a terminal to ask on; without it the demo answers itself');
}

/** Serves the project during the demo, and leaves nothing running. */
async function play(
  invocation: Invocation,
  chosen: Demo,
  prompt: Invocation['io']['prompt'],
): Promise<ExitCode> {
  const { app, io, output, projectDir } = invocation;
  const stop = new AbortController();
  let isInterrupted = false;
  const release = io.onInterrupt(() => {
    isInterrupted = true;
    output.note('stopping the engine and the server');
    stop.abort();
  });
  const serving = app.serve({ projectDir: projectDir(), signal: stop.signal, drainMs }, (message) => {
    if (!stop.signal.aborted) output.note(output.notePaint.dim(`  ${message}`));
  });
  const playing = onStage(invocation, chosen, { signal: stop.signal, prompt });
  try {
    // An engine that ends before the demo has failed, or was stopped.
    await Promise.race([playing, serving.then(() => stop.signal.throwIfAborted())]);
  } catch (error) {
    // Ctrl-C at a prompt is not a signal.
    isInterrupted ||= error instanceof Error && error.name === 'AbortError';
    if (!isInterrupted) throw error;
  } finally {
    stop.abort();
    await Promise.allSettled([playing, serving]);
    await app.down(projectDir());
    release();
  }
  if (isInterrupted) return 130;
  nextCommands(invocation);

  return (await playing) ? 0 : 1;
}

type Playing = { readonly signal: AbortSignal; readonly prompt: Invocation['io']['prompt'] };

/** Resolves with whether every started run completed. */
async function onStage(invocation: Invocation, chosen: Demo, playing: Playing): Promise<boolean> {
  const { output } = invocation;

  return withPorts(
    invocation,
    async (ports) => {
      const isGood = await playDemo({ invocation, ports, ...playing }, chosen);
      output.note('\nwhat was carried out:');
      await executionsCommand(invocation, {});

      return isGood;
    },
    () => undefined,
  );
}

function nextCommands({ output, hint }: Invocation): void {
  output.note('\nthe engine and the server have stopped; the journal stays. What to try next:');
  for (const words of [['events', 'list'], ['executions', '--summary'], ['history', '@last'], ['serve']])
    output.note(`  ${hint(...words)}`);
}
