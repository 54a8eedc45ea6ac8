import type { JournalRecord, RunStatus } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { untilAborted } from '../../lib/abort.ts';
import { delay } from '../../lib/deadline.ts';
import { eventUseCases } from '../../operations/events/use-cases.ts';
import { runUseCases } from '../../operations/runs/use-cases.ts';
import { triggerUseCases } from '../../operations/triggers/use-cases.ts';
import type { OperationPorts } from '../../operations/use-case.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { approvalPage } from '../../projections/agent/approval-page.ts';
import { effectText } from '../../projections/task/effect-text.ts';
import { transitionLines } from '../../projections/task/log-lines.ts';
import { appearanceOf } from '../../terminal/render/glyphs.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { CliIo } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';
import { accepted } from '../commands/approvals/answer.ts';
import type { Invocation } from '../invocation.ts';
import type { Output } from '../output.ts';
import { approvalText } from '../text/approval-text.ts';
import { carriedOut } from '../with-ports.ts';
import type { Demo, DemoScene } from './demos.ts';

const lookEveryMs = 150;

const runMsMax = 10 * 60_000;
/** That an attempt is about to begin says nothing where it takes a moment. */
const untold: ReadonlySet<string> = new Set(['SCHEDULED', 'IN_PROGRESS', 'SKIPPED']);

/** Who answers in a demo where nobody wants to be asked; the deputy, where it has to be somebody else. */
const commander = 'CMD.BRIDGE';
const deputy = 'DEPUTY.BRIDGE';

export type DemoStage = {
  readonly invocation: Invocation;
  readonly ports: OperationPorts;
  readonly signal: AbortSignal;
  readonly prompt?: ((question: string) => Promise<string>) | undefined;
};

const upMsMax = 30_000;
const outcomeMsMax = 30_000;

/**
 * Plays the scenes of a demo one after another: each until all that it led to is over. Resolves with whether all that
 * was started has ended as the demo means it to.
 */
export async function playDemo(stage: DemoStage, demo: Demo): Promise<boolean> {
  const { invocation, signal } = stage;
  const { workflows, triggers } = stage.ports;
  const { io, output } = invocation;
  const waiting = { clock: io.clock, signal };
  await until(waiting, { what: 'bringing the engine up', mostMs: upMsMax }, async () => {
    const known = (await triggers.triggers()).map(({ definition }) => definition.id);
    const isKnown = demo.scenes.every((scene) => 'start' in scene) || known.includes(demo.name);
    return isKnown && (await triggers.isAttended()) ? true : undefined;
  });
  const runs = createRunsShow({
    ...{ workflows, signal, io, output },
    answer: () => answerApprovals({ ...stage, workflows }),
    endings: ['COMPLETED', ...(demo.alsoEnds ?? [])],
  });
  let isGood = true;
  for (const [at, scene] of demo.scenes.entries()) {
    output.note(`\n${output.notePaint.bold(scene.remark)}`);
    await begin(stage, scene, `${demo.name}-${at + 1}`);
    isGood = await runs.untilAllHaveEnded();
  }

  return isGood;
}

async function begin({ ports, invocation, signal }: DemoStage, scene: DemoScene, id: string): Promise<void> {
  const { workflows, triggers } = ports;
  const { io, output } = invocation;
  const waiting = { clock: io.clock, signal };
  if ('runNow' in scene) {
    output.note(`  workflow schedules run-now ${scene.runNow}`);
    const asked = { input: { trigger: scene.runNow } };
    const { run } = await carriedOut(invocation, ports, triggerUseCases.run, asked);
    await until(waiting, { what: 'starting the run', mostMs: outcomeMsMax }, async () =>
      (await workflows.list()).find((each) => each.run === run),
    );
    return;
  }
  if ('start' in scene) {
    output.note(`  workflow start ${scene.start} --input - <<< '${JSON.stringify(scene.input)}'`);
    const asked = { input: { definition: scene.start, input: scene.input } };
    await carriedOut(invocation, ports, runUseCases.start, asked);
    return;
  }
  output.note(`  workflow emit ${scene.emit} --data '${JSON.stringify(scene.data)}'`);
  const event = { type: scene.emit, data: scene.data, id, source: '/demo' };
  await carriedOut(invocation, ports, eventUseCases.emit, { input: { event } });
  const { outcome } = await until(
    waiting,
    { what: 'dealing with the event', mostMs: outcomeMsMax },
    async () => (await triggers.outcomes({ limit: 50 })).find(({ outcome }) => outcome.event?.id === id),
  );
  for (const effect of outcome.effects) output.note(`  ${output.notePaint.dim(effectText(effect))}`);
}

type Answering = {
  readonly invocation: Invocation;
  readonly workflows: Workflows;
  /** Asks the person at the terminal; without, the commander or the deputy approves everything. */
  readonly prompt?: ((question: string) => Promise<string>) | undefined;
};

/** Shows every approval that is asked for now, and answers it. */
export async function answerApprovals({ invocation, workflows, prompt }: Answering): Promise<void> {
  const { output, hint } = invocation;
  const asking = await workflows.waitingApprovals(await workflows.list());
  const runs = [...new Set(asking.map(({ run }) => run))];
  for (const asked of (await Promise.all(runs.map((run) => workflows.approvals({ run })))).flat()) {
    const { run, address } = asked;
    const viewer = { shortId: shortId(run), mayAnswer: true };
    const page = approvalPage(asked, await workflows.view(run), viewer);
    output.note(indented(approvalText(invocation, page)));
    const said = prompt === undefined ? 'y' : await prompt(`  approve ${address}? [Y/n] `);
    const kind = /^n/i.test(said.trim()) ? 'reject' : 'approve';
    const by = asked.asked.excluded?.some(({ name }) => name === commander) ? deputy : commander;
    output.note(`    ${by} says: ${kind}`);
    const answer = await workflows.command(run, { kind, task: address, by }, by);
    accepted(answer, hint);
  }
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

type ShownRuns = {
  readonly workflows: Workflows;
  readonly io: CliIo;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Answers what people are asked. */
  readonly answer: () => Promise<void>;
  /** How runs may end. */
  readonly endings: readonly RunStatus[];
};

/** Resolves with whether all have ended as they may. */
type RunsShow = { readonly untilAllHaveEnded: () => Promise<boolean> };

/** Shows what runs do as they do it, whoever started them. */
function createRunsShow(options: ShownRuns): RunsShow {
  const shown = new Map<string, Promise<void>>();

  async function haveEnded(): Promise<readonly RunSummary[] | undefined> {
    const runs = await options.workflows.list();
    for (const summary of [...runs].reverse()) {
      if (shown.has(summary.run)) continue;
      const showing = show(options, summary);
      // It is waited for below, unless something else fails first.
      showing.catch(() => undefined);
      shown.set(summary.run, showing);
    }
    await options.answer();

    return runs.every(({ head }) => isFinal(head.status)) ? runs : undefined;
  }

  return {
    untilAllHaveEnded: async () => {
      const ended = await until(
        { clock: options.io.clock, signal: options.signal },
        { what: 'a run', mostMs: runMsMax },
        haveEnded,
      );
      await Promise.all(shown.values());

      return ended.every(({ head }) => options.endings.includes(head.status));
    },
  };
}

async function show({ workflows, output, signal }: ShownRuns, { run, head }: RunSummary): Promise<void> {
  const stop = new AbortController();
  try {
    for await (const entry of workflows.follow(run, AbortSignal.any([signal, stop.signal]))) {
      if (!('record' in entry)) return;
      for (const line of linesOf(entry.record, output)) output.note(`  ${head.definition.id}  ${line}`);
      if (isFinal(entry.record.data.head.status)) return;
    }
  } finally {
    stop.abort();
  }
}

function linesOf(record: JournalRecord, { notePaint }: Output): readonly string[] {
  return transitionLines(record)
    .filter(({ status }) => !untold.has(status))
    .map(({ task, status, note }) => {
      const { look, word } = appearanceOf(status);
      const text = note === '' ? '' : `  ${notePaint.dim(oneLine(note))}`;

      return `${notePaint.glyph(status)} ${task ?? notePaint.bold('run')} ${notePaint.look(look, word)}${text}`;
    });
}

/**
 * What `look` finds, as soon as it finds anything. Rejects with the reason of the signal once that aborts, and with
 * CliFailure when it has taken too long: `what` says what there was to wait for.
 */
async function until<Found>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  { what, mostMs }: { readonly what: string; readonly mostMs: number },
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const endMs = clock.steady() + mostMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await untilAborted(signal, look());
    if (found !== undefined) return found;
    if (clock.steady() >= endMs) {
      throw new CliFailure('wait.timeout', `${what} took longer than ${mostMs / 1000} s`, 'workflow doctor');
    }
    await untilAborted(signal, delay(clock, lookEveryMs));
  }
}
