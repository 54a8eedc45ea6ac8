import { taskAt } from '../../machines/compile/task-at.ts';
import { parsedTemplate } from '../../machines/compile/templates.ts';
import { isPerformed } from '../../machines/performed.ts';
import type { Command } from '../../machines/run/command.ts';
import { hopsOf } from '../../machines/run/hops.ts';
import { render, renderInput } from '../../machines/run/render.ts';
import { type Attempt, type Performer, TaskError } from '../ports/handler.ts';
import type { AttemptsDeps, Entry } from './attempt-entry.ts';
import { attemptKey } from './attempt-key.ts';
import { failureOf, outputOf, patiently, rendered } from './task-output.ts';

/** Carries one attempt out, from the rendering of its input to the writing of its output. Never rejects. */
export async function carryOut(entry: Entry, performer: Performer, deps: AttemptsDeps): Promise<Command> {
  const { clock } = deps;
  const { address, attempt, run, submit, task } = entry;
  const { worker } = performer;
  const startedAt = new Date(clock.now()).toISOString();
  const of = { task: address, attempt, worker, startedAt };
  const again = taskAt(run.state, address)?.state === 'in_progress';
  const start = () => void submit({ kind: 'startTask', task: address, attempt, worker, again });
  // An attempt that had begun in an engine that is gone begins anew, and says so at once: its time-outs start over.
  if (again) start();
  const announced = again || !isPerformed(task);
  const unannounce = announced ? () => undefined : clock.after(deps.startNoticeMs, start);

  try {
    // Templates are rendered before anything is done, so that a large value may be brought and the handler begin again.
    const result = await patiently(entry, deps, () => performer.handler(attemptOf(entry, deps)));
    // A handler that does not heed the signal may end long after the attempt did: its file would overwrite a newer one.
    if (entry.stop.isTold()) throw new TaskError('attempt.over', 'the attempt was over before it ended');
    const output = await patiently(entry, deps, () => outputOf(entry, result, deps));
    return { kind: 'completeTask', ...of, output };
  } catch (error) {
    return { kind: 'failTask', ...of, error: failureOf(error) };
  } finally {
    unannounce();
  }
}

function attemptOf(entry: Entry, { projectDir, clock }: AttemptsDeps): Attempt {
  const { run, task, address, attempt, submit, stop } = entry;
  const id = run.state.run;
  const hops = hopsOf(run.state);
  const everyMs = (task.heartbeatTimeoutMs ?? 30_000) / 3;
  let beatAt = 0;

  return {
    run: id,
    task: address,
    attempt,
    key: attemptKey({ run: id, address, attempt }),
    ...(hops === undefined ? {} : { hops }),
    input: rendered(renderInput(run, address)),
    projectDir,
    get signal() {
      return stop.signal();
    },
    // Heartbeats are events, so they are thinned: three in the time that one may be missing.
    heartbeat: (progress) => {
      const now = clock.now();
      if (now - beatAt < everyMs || stop.isTold()) return;
      beatAt = now;
      void submit({
        kind: 'heartbeat',
        task: address,
        attempt,
        ...(progress === undefined ? {} : { progress }),
      });
    },
    render: (template) => rendered(render(run, parsedTemplate(template), { address })),
  };
}
