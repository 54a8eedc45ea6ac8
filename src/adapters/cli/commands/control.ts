import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, withSession } from '../invocation.ts';
import { shortId } from '../render/short-id.ts';
import { actorOf } from './actor.ts';
import { accepted } from './answer.ts';
import { namedRun } from './named-run.ts';

export type ControlFlags = { readonly reason?: string; readonly yes?: boolean; readonly as?: string };

/** `workflow pause <run>`: nothing new is started; what is under way finishes and is recorded. */
export async function pause(invocation: Invocation, name: string, flags: ControlFlags): Promise<ExitCode> {
  return control(invocation, name, { kind: 'pauseRun', done: 'paused', flags });
}

/** `workflow terminate <run>`: ends the run at once, without compensation. Asks first. */
export async function terminate(
  invocation: Invocation,
  name: string,
  flags: ControlFlags,
): Promise<ExitCode> {
  return control(invocation, name, { kind: 'terminateRun', done: 'terminated', flags });
}

type Control = {
  readonly kind: 'pauseRun' | 'terminateRun';
  readonly done: string;
  readonly flags: ControlFlags;
};

async function control(
  invocation: Invocation,
  name: string,
  { kind, done, flags }: Control,
): Promise<ExitCode> {
  const { io, output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'embedded', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    if (kind === 'terminateRun' && flags.yes !== true) await confirmed(invocation, run);
    const reason = flags.reason === undefined ? {} : { reason: flags.reason };
    const sequence = accepted(await workflows.command(run, { kind, ...reason }, actorOf(io, flags.as)), hint);
    output.document('Answer', { run, command: kind, sequence });
    output.data(`${run} ${done} (event ${sequence})`);
    if (kind === 'pauseRun') output.note(`it goes on with ${hint('resume', shortId(run))}`);

    return 0;
  });
}

async function confirmed({ io, output }: Invocation, run: string): Promise<void> {
  if (io.prompt === undefined || output.json) {
    throw new CliFailure('usage.confirm', `terminating run ${run} cannot be undone; add --yes to confirm`);
  }
  const answer = await io.prompt(`Terminate run ${run}? Nothing more of it is carried out. [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CliFailure('usage.declined', `run ${run} was not terminated`);
}
