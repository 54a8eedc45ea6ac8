import { delay } from '../../../lib/deadline.ts';
import { triggerUseCases } from '../../../operations/triggers/use-cases.ts';
import type { TriggersDesk } from '../../../ports/events/trigger-admin.ts';
import { RunNotFound, type Workflows } from '../../../ports/runs/workflows.ts';
import type { CliIo } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { carriedOut, warnUnattended, withPorts } from '../../with-ports.ts';
import { triggerNamed } from './triggers.ts';

export type RunNowFlags = FollowFlags & { readonly as?: string };

/** `workflow schedules run-now <schedule>`: an engine starts a run of it now, and the run is followed. */
export async function runNow(invocation: Invocation, name: string, flags: RunNowFlags): Promise<ExitCode> {
  const { output, io } = invocation;
  const timeout = timeoutOf(flags);

  return withPorts<ExitCode>(invocation, async (ports) => {
    const asked = { input: triggerNamed(name), as: flags.as };
    const answer = await carriedOut(invocation, ports, triggerUseCases.run, asked);
    const { run, attended } = answer;
    if (!attended) await warnUnattended(invocation, ports.triggers);
    if (flags.detach === true || !attended) {
      output.document('Run', answer);
      output.data(run);
      return attended ? 0 : 3;
    }
    output.note(`run ${run} of ${name}`);

    return withSession(invocation, 'none', async (session) => {
      await untilStarted(io, { desk: ports.triggers, workflows: session.workflows, run });
      return followAndReport(invocation, session, { run, from: 1, ...timeout });
    });
  });
}

const lookEveryMs = 250;
const startMsMax = 30_000;

type Starting = { readonly desk: TriggersDesk; readonly workflows: Workflows; readonly run: string };

/** Resolves when the run exists. Throws CliFailure if it was refused, or no engine starts it. */
async function untilStarted({ clock }: CliIo, { desk, workflows, run }: Starting): Promise<void> {
  const untilMs = clock.steady() + startMsMax;
  while (!(await isThere(workflows, run))) {
    const states = (await desk.schedules(0)).map(({ state }) => state?.last);
    const refused = states.find((last) => last?.run === run)?.refused;
    if (refused !== undefined) throw new CliFailure(refused.code, refused.message);
    if (clock.steady() >= untilMs) {
      const message = `no engine has started run ${run} within ${startMsMax / 1_000} s; it is started when one does`;
      throw new CliFailure('engine.none', message);
    }
    await delay(clock, lookEveryMs);
  }
}

async function isThere(workflows: Workflows, run: string): Promise<boolean> {
  try {
    await workflows.inspect(run);

    return true;
  } catch (error) {
    if (error instanceof RunNotFound) return false;
    throw error;
  }
}
