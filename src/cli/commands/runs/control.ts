import { isFinal } from '../../../../machines/chart/task-status.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import type { CliSession } from '../../app.ts';
import { type ManyFlags, oneOrMany } from '../../bulk/change-many.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Followed, followRun } from '../../follow/follow-run.ts';
import { type FollowFlags, reportRun, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { type Change, reasonOption } from './change.ts';
import { namedRun } from './named-run.ts';

export type ControlFlags = ManyFlags & FollowFlags & { readonly reason?: string };
type Ending = Change & { readonly doing: string; readonly warning: string };

/** `workflow pause <run>`: nothing new is started; what is under way finishes and is recorded. */
export async function pauseCommand(
  invocation: Invocation,
  name: string | undefined,
  flags: ControlFlags,
): Promise<ExitCode> {
  const change: Change = {
    verb: 'pause',
    done: 'paused',
    command: () => Promise.resolve({ kind: 'pauseRun', ...reasonOption(flags) }),
  };

  return oneOrMany(invocation, name, { change, flags, one: (run) => pauseOne(invocation, run, flags) });
}

async function pauseOne(invocation: Invocation, name: string, flags: ControlFlags): Promise<ExitCode> {
  const { io, output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'embedded', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const answer = await workflows.command(
      run,
      { kind: 'pauseRun', ...reasonOption(flags) },
      actorOf(io, flags.as),
    );
    const sequence = accepted(answer, hint);
    output.document('Answer', { run, command: 'pauseRun', sequence });
    output.data(`${run} paused (event ${sequence})`);
    output.note(`it goes on with ${hint('resume', shortId(run))}`);

    return 0;
  });
}

/** `workflow terminate <run>`: ends the run at once, without compensation. Asks first. */
export async function terminate(
  invocation: Invocation,
  name: string | undefined,
  flags: ControlFlags,
): Promise<ExitCode> {
  const ending: Ending = {
    verb: 'terminate',
    done: 'terminated',
    doing: 'terminating',
    warning: 'Nothing more of it is carried out.',
    command: () => Promise.resolve({ kind: 'terminateRun', ...reasonOption(flags) }),
  };

  return oneOrMany(invocation, name, {
    change: ending,
    flags,
    one: (run) => end(invocation, run, { ending, flags }),
  });
}

/** `workflow cancel <run>`: stops the run, has what it did undone, and waits for that. Asks first. */
export async function cancel(
  invocation: Invocation,
  name: string | undefined,
  flags: ControlFlags,
): Promise<ExitCode> {
  const ending: Ending = {
    verb: 'cancel',
    done: 'cancelled',
    doing: 'cancelling',
    warning: 'What it did is undone, as far as its definition says how.',
    command: () => Promise.resolve({ kind: 'cancelRun', ...reasonOption(flags) }),
  };

  return oneOrMany(invocation, name, {
    change: ending,
    flags,
    one: (run) => end(invocation, run, { ending, flags }),
  });
}

type Asked = { readonly ending: Ending; readonly flags: ControlFlags };

async function end(invocation: Invocation, name: string, { ending, flags }: Asked): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const timeout = timeoutOf(flags);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, name);
    if (flags.yes !== true) await confirmed(invocation, ending, run);
    const command = await ending.command(run, workflows);
    const sequence = accepted(await workflows.command(run, command, actorOf(io, flags.as)), hint);
    if (flags.detach !== true) {
      const { followed, goesOn } = await untilEnded(invocation, session, { run, from: sequence, ...timeout });
      const asWanted = followed.kind === 'ended' && followed.view.state.status === 'TERMINATED';
      if (!asWanted) return reportRun(invocation, { run, followed, goesOn });
    }
    output.document('Answer', { run, command: command.kind, sequence });
    output.data(`${run} ${ending.done} (event ${sequence})`);

    return 0;
  });
}

/** Child runs may have to end first, and work may have to be undone. */
async function untilEnded(
  { io, output }: Invocation,
  { workflows }: CliSession,
  options: { readonly run: string; readonly from: number; readonly timeoutMs?: number },
): Promise<{ readonly followed: Followed; readonly goesOn: boolean }> {
  const view = await workflows.view(options.run);
  if (isFinal(view.state.status)) return { followed: { kind: 'ended', view }, goesOn: false };
  const owner = await workflows.adopt(options.run);
  const followed = await followRun({ workflows, io, output, ...options });

  return { followed, goesOn: owner === 'owned elsewhere' };
}

async function confirmed({ io, output }: Invocation, { verb, doing, done, warning }: Ending, run: string) {
  if (io.prompt === undefined || output.json) {
    throw new CliFailure('usage.confirm', `${doing} run ${run} cannot be undone; add --yes to confirm`);
  }
  const answer = await io.prompt(
    `${verb.charAt(0).toUpperCase()}${verb.slice(1)} run ${run}? ${warning} [y/N] `,
  );
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CliFailure('usage.declined', `run ${run} was not ${done}`);
}
