import type { CloudEvent } from '../../../../events/cloud-event.ts';
import type { TriggersDesk } from '../../../ports/triggers-desk.ts';
import type { Workflows } from '../../../ports/workflows.ts';
import { effectText } from '../../../projections/effect-text.ts';
import { actorOf } from '../commands/actor.ts';
import type { Invocation } from '../invocation.ts';
import { granted } from '../with-triggers.ts';
import { answerApprovals } from './answer-approvals.ts';
import type { Demo, DemoScene } from './demos.ts';
import { until } from './patience.ts';
import { createRunsShow } from './show-runs.ts';

export type Stage = {
  readonly invocation: Invocation;
  readonly desk: TriggersDesk;
  readonly workflows: Workflows;
  readonly signal: AbortSignal;
  readonly prompt?: ((question: string) => Promise<string>) | undefined;
};

const upMsMax = 30_000;
const outcomeMsMax = 30_000;

/**
 * Plays the scenes of a demo one after another: each until all that it led to is over. Resolves with whether all that
 * was started has completed.
 */
export async function playDemo(stage: Stage, demo: Demo): Promise<boolean> {
  const { invocation, desk, signal } = stage;
  const { io, output } = invocation;
  const waiting = { clock: io.clock, signal };
  await until(waiting, { what: 'bringing the engine up', mostMs: upMsMax }, async () => {
    const isKnown = (await desk.triggers()).some(({ definition }) => definition.id === demo.name);
    return isKnown && (await desk.isAttended()) ? true : undefined;
  });
  const runs = createRunsShow({ ...stage, io, output, answer: () => answerApprovals(stage) });
  let isGood = true;
  for (const [at, scene] of demo.scenes.entries()) {
    output.note(`\n${output.notePaint.bold(scene.remark)}`);
    await begin(stage, scene, `${demo.name}-${at + 1}`);
    isGood = await runs.untilAllHaveEnded();
  }

  return isGood;
}

async function begin(stage: Stage, scene: DemoScene, id: string): Promise<void> {
  const { desk, invocation, workflows, signal } = stage;
  const { io, output } = invocation;
  const by = actorOf(io, undefined);
  const waiting = { clock: io.clock, signal };
  if ('runNow' in scene) {
    output.note(`  workflow schedules run-now ${scene.runNow}`);
    const { run } = granted(invocation, await desk.runNow({ trigger: scene.runNow }, { by }));
    await until(waiting, { what: 'starting the run', mostMs: outcomeMsMax }, async () =>
      (await workflows.list()).find((each) => each.run === run),
    );
    return;
  }
  output.note(`  workflow emit ${scene.emit} --data '${JSON.stringify(scene.data)}'`);
  const time = new Date(io.clock.now()).toISOString();
  const event: CloudEvent = {
    specversion: '1.0',
    id,
    source: '/demo',
    type: scene.emit,
    time,
    datacontenttype: 'application/json',
    data: scene.data,
  };
  granted(invocation, await desk.emit(event, { as: by }));
  const outcome = await until(waiting, { what: 'dealing with the event', mostMs: outcomeMsMax }, async () =>
    (await desk.outcomes({ limit: 50 })).find((each) => each.event?.id === id),
  );
  for (const effect of outcome.effects) output.note(`  ${output.notePaint.dim(effectText(effect))}`);
}
