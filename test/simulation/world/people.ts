import { askedNow, namesAsked } from '../../../machines/agents/authority.ts';
import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import { localId, openTasks, taskAt } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { HumanTask } from '../../../machines/task.ts';
import { createWorkflows } from '../../../src/engine/workflows.ts';
import type { Answer, RunCommand, Workflows } from '../../../src/ports/runs/workflows.ts';
import { createAnswerLaw, isTransientRefusal, said } from '../laws/answers.ts';
import type { Docket } from '../laws/docket.ts';
import { upgradeOf } from '../templates/charts.ts';
import type { Template } from '../templates/template.ts';
import { createSimJournal } from './journal.ts';
import { createLink } from './link.ts';
import { runIdAt } from './run-id.ts';
import type { Setting } from './setting.ts';
import { type Stores, storesOf } from './stores.ts';

/** Those who start runs, approve, signal and meddle: every request comes from a process of its own. */
export type People = {
  readonly start: (template: Template) => void;
  /** A program that started a run with a key does so again: the run is there, or has left the journal. */
  readonly startAgain: () => void;
  /** Everybody who is asked for something answers, sooner or later. */
  readonly lookAround: () => void;
  /** Somebody registers the next version of a definition. */
  readonly upgrade: (template: Template) => void;
  /** Somebody does something to a run that it did not ask for. */
  readonly meddle: () => void;
  /** Whatever was left standing is set going again: paused runs are resumed, tasks that are used up skipped. */
  readonly setGoing: () => void;
  /** Whether somebody still waits for an answer. */
  readonly isAsking: () => boolean;
};

export function createPeople(setting: Setting): People {
  const { world, court } = setting;
  const { random, faults, agenda } = world;
  const checkAnswer = createAnswerLaw(setting);
  const asked = new Map<string, number>();
  const newest = new Map<string, LoadedDefinition>();
  const keyed: Keyed[] = [];
  let runs = 0;
  let persons = 0;
  let asking = 0;

  function person(): {
    readonly workflows: Workflows;
    readonly stores: Stores;
    readonly actor: string;
    readonly over: () => void;
  } {
    persons += 1;
    asking += 1;
    const actor = `person-${persons}`;
    const link = createLink(world, actor, { onCrash: () => undefined });
    link.onEnd(() => {
      asking -= 1;
    });
    const stores = storesOf(link, setting.kept);
    const workflows = createWorkflows({
      ...stores,
      archive: setting.leaving?.of(link).archive,
      journal: createSimJournal(link, { ...setting, faults }),
      commands: setting.commands.of(link),
      clock: link.clock,
      newRunId: () => {
        runs += 1;
        return runIdAt(agenda.nowMs(), runs);
      },
      answerTimeoutMs: 15_000,
      shardCount: setting.shardCount,
      charts: setting.charts,
    });

    return { workflows, stores, actor, over: link.end };
  }

  function start(template: Template): void {
    const { workflows, actor, over } = person();
    const [definition, ...others] = template.definitions.map((each) => newest.get(each.ref.id) ?? each);
    if (definition === undefined) return;
    const request = {
      definition,
      file: `${template.name}.yaml`,
      alongside: others.map((other) => ({ definition: other, file: `${other.ref.id}.yaml` })),
      input: template.input(random),
      actor,
      // Whoever starts a run with a key may do so again.
      ...(setting.leaving === undefined ? {} : { key: actor }),
    };
    if (setting.leaving !== undefined) keyed.push({ request, mayBeRefused: template.mayBeRefused });
    workflows
      .start(request)
      .then(
        (answer) => checkStart(template, { answer, actor }),
        (error: unknown) => world.trace(`${actor} could not start ${template.name}: ${String(error)}`),
      )
      .finally(over);
  }

  function checkStart(
    { name, mayBeRefused = false }: Template,
    { answer, actor }: { readonly answer: Answer; readonly actor: string },
  ): void {
    world.trace(`${actor} started ${name}: ${said(answer)}`);
    if (answer.ok && court.docket(answer.run) === undefined)
      court.find(`I16: ${answer.run} was started and is not there`);
    if (answer.ok) return;
    const { code, message } = answer.refusal;
    const isFair = mayBeRefused || isTransientRefusal(answer) || court.isSetAside(answer.run);
    // An error without a code: nobody foresaw it.
    if (!isFair || code === 'engine.error') court.find(`${name} was refused: ${message}`);
  }

  function startAgain(): void {
    if (keyed.length === 0) return;
    const { request, mayBeRefused = false } = random.pick(keyed);
    const { workflows, over } = person();
    workflows
      .start(request)
      .then(
        (answer) => {
          const isBefore = answer.ok || mayBeRefused || isTransientRefusal(answer);
          if (!isBefore && !court.isSetAside(answer.run))
            court.find(`${answer.run} was started again, and was refused: ${said(answer)}`);
        },
        (error: unknown) => world.trace(`nobody knows whether it was started again: ${String(error)}`),
      )
      .finally(over);
  }

  function upgrade({ definitions }: Template): void {
    const { stores, over } = person();
    const chosen = random.pick(definitions);
    const { ref, text } = upgradeOf(newest.get(chosen.ref.id) ?? chosen);
    newest.set(ref.id, upgradeOf(newest.get(chosen.ref.id) ?? chosen));
    world.trace(`version ${ref.version} of ${ref.id} is registered`);
    stores.definitions
      .register({ ref, text, file: `${ref.id}.yaml` })
      .catch(() => undefined)
      .finally(over);
  }

  function command(run: string, given: RunCommand): void {
    const { workflows, actor: somebody, over } = person();
    // Nobody answers an approval for somebody else.
    const actor = 'by' in given ? given.by : somebody;
    world.trace(`${actor} asks ${given.kind} of ${run.slice(-4)} ${'task' in given ? given.task : ''}`);
    const since = court.docket(run)?.records().length ?? 0;
    const hadLeft = setting.leaving?.law.hasLeft(run) ?? false;
    workflows
      .command(run, given, actor)
      .then(
        (answer) => checkAnswer(run, given, { answer, actor, since, hadLeft }),
        (error: unknown) => world.trace(`${actor} got no answer: ${String(error)}`),
      )
      .finally(over);
    if (faults.strikes('asked again')) agenda.after(random.between(0, 3_000), () => command(run, given));
  }

  function lookAround(): void {
    for (const [id, docket] of court.dockets()) {
      if (court.isSetAside(id)) continue;
      const run = docket.run();
      if (isFinal(run.state.status)) continue;
      for (const [address, task] of openTasks(run.state.tasks)) answerTask(run, address, task.state);
      signalEarly(id, docket);
    }
  }

  /** Some signals come before anybody waits for them: each run is sent one, until it has it. */
  function signalEarly(id: string, docket: Docket): void {
    const isTold = docket
      .records()
      .some(({ type, data }) => type === 'signal.received' && data.fact['name'] === 'early');
    const { task, state } = {
      task: docket.run().chart.plan.get('early')?.task,
      state: docket.run().state.tasks['early']?.state,
    };
    // What was sent is used up once; whoever had the run go on from before sends another one.
    const isWanted =
      task?.type === 'WAIT' && (!isTold || (state === 'awaiting' && court.perturbed(id).length > 0));
    if (!isWanted || agenda.nowMs() < (asked.get(id) ?? 0)) return;
    asked.set(id, agenda.nowMs() + random.between(2_000, 20_000));
    command(id, { kind: 'signal', name: 'early', data: null });
  }

  function approverOf(task: HumanTask, state: TaskState | undefined): string {
    const given = state?.grants?.map(({ by }) => by) ?? [];
    const named = state === undefined ? [] : namesAsked(askedNow(task, state));
    const whose = named.length === 0 ? ['ann', 'bob', 'cem'] : named;
    // Now and then somebody approves who is not asked to.
    const [by = 'ann'] = [...(random.chance(0.1) ? ['eve'] : []), ...whose].filter(
      (name) => !given.includes(name),
    );

    return by;
  }

  function answerTask(run: Run, address: string, state: string): void {
    const task = run.chart.plan.get(localId(address))?.task;
    const id = run.state.run;
    const key = `${id} ${address}`;
    if (agenda.nowMs() < (asked.get(key) ?? 0)) return;
    if (task?.type === 'HUMAN' && state === 'pending_approval') {
      const by = approverOf(task, taskAt(run.state, address));
      asked.set(key, agenda.nowMs() + random.between(2_000, 20_000));
      command(id, { kind: 'approve', task: address, by });
    }
    if (state === 'exhausted') {
      asked.set(key, agenda.nowMs() + random.between(2_000, 20_000));
      command(id, { kind: 'resumeRun' });
    }
    if (task?.type === 'WAIT' && state === 'awaiting' && task.signal === 'go') {
      asked.set(key, agenda.nowMs() + random.between(2_000, 20_000));
      command(id, { kind: 'signal', name: task.signal, data: { from: 'people' } });
    }
  }

  function meddle(): void {
    const open = [...court.dockets()].filter(([id]) => !court.isSetAside(id));
    if (open.length === 0) return;
    const [id, docket] = random.pick(open);
    const tasks = Object.keys(docket.run().state.tasks);
    const task = random.pick(tasks.length === 0 ? [''] : tasks);
    const given = random.pick<RunCommand>([
      { kind: 'pauseRun' },
      { kind: 'resumeRun' },
      { kind: 'pauseRun' },
      { kind: 'resumeRun' },
      { kind: 'cancelRun', reason: 'meddling' },
      { kind: 'terminateRun' },
      { kind: 'retryRun' },
      { kind: 'retryRun' },
      { kind: 'rerun', from: task },
      { kind: 'skipTask', task },
      { kind: 'resolveTask', task, output: { by: 'hand' } },
      { kind: 'approve', task, by: 'nobody' },
      { kind: 'reject', task, by: 'nobody' },
      { kind: 'delegateApproval', task, by: random.pick(['ann', 'bob', 'dan']), to: 'dan' },
      { kind: 'signal', name: 'go', data: null },
      { kind: 'signal', name: 'never', data: null, id: 'x' },
    ]);
    for (const each of court.dockets().keys()) court.perturb(each, 'meddling');
    command(id, given);
  }

  function setGoing(): void {
    for (const [id, docket] of court.dockets()) {
      if (court.isSetAside(id)) continue;
      const { state } = docket.run();
      if (state.status === 'PAUSED') command(id, { kind: 'resumeRun' });
    }
  }

  return { start, startAgain, lookAround, upgrade, meddle, setGoing, isAsking: () => asking > 0 };
}

type Keyed = {
  readonly request: Parameters<Workflows['start']>[0];
  readonly mayBeRefused: boolean | undefined;
};
