import type { Json } from '../../../events/canonical-json.ts';
import { type RunningWorker, runWorker } from '../../../src/worker/run-worker.ts';
import type { Work } from '../../../src/worker/work.ts';
import type { AgentPlan } from '../templates/template.ts';
import { createLink, type Link } from './link.ts';
import type { Setting } from './setting.ts';
import { carryOut } from './workers.ts';

/** One worker process of an agent after another in the same place: when one ends, the next begins a while later. */
export type WorkerProcess = {
  readonly crash: () => void;
  /** Has it end in order, and begin again. */
  readonly stop: () => void;
  readonly pause: (forMs: number) => void;
};

type Current = { readonly link: Link; readonly worker: RunningWorker };

const stopGracesMs = [0, 2_000];
const stopMsMax = 20_000;

/** The loop is the one of the product; the wire, the handler and the time are made. */
export function createWorkerProcess(setting: Setting, plan: AgentPlan, index: number): WorkerProcess {
  const { world, work } = setting;
  const { agenda, random } = world;
  let generation = 0;
  let current: Current | undefined;
  // Until late ones are there, nobody begins what waits for them.
  if (plan.comesAfterMs !== undefined) world.disturb();
  agenda.after(plan.comesAfterMs ?? random.between(0, 2_000), boot);

  function boot(): void {
    generation += 1;
    const link = createLink(world, `worker-${plan.agent}-${index}.${generation}`, {
      onCrash: () => bootLater(link),
    });
    const introduction = {
      worker: link.name,
      agent: plan.agent,
      capacity: plan.capacity,
      skills: [...(plan.skills ?? [])],
      level: plan.level,
      department: undefined,
      language: 'simulated',
      host: 'host',
      pid: generation,
    };
    world.trace(`${link.name} is there`);
    const worker = runWorker(introduction, {
      link: work.workerLinkOf(link),
      clock: link.clock,
      handlers: handlerOf(setting, link, () => crashed(link)),
      onProgress: (message) => world.trace(`${link.name}: ${message}`),
    });
    current = { link, worker };
  }

  function bootLater(link: Link): void {
    if (current?.link !== link) return;
    current = undefined;
    world.disturb();
    agenda.after(world.faults.areOn() ? random.between(100, 15_000) : 100, boot);
  }

  function crashed(link: Link): void {
    if (!link.isAlive()) return;
    world.trace(`!! ${link.name} crashes`);
    link.end();
    bootLater(link);
  }

  return {
    crash: () => {
      if (current !== undefined) crashed(current.link);
    },
    stop: () => {
      if (current === undefined) return;
      const { link, worker } = current;
      world.trace(`!! ${link.name} is stopped`);
      const over = (): void => {
        if (!link.isAlive()) return;
        link.end();
        bootLater(link);
      };
      void worker.drain(random.pick(stopGracesMs)).then(over);
      agenda.after(stopMsMax, over);
    },
    pause: (forMs) => {
      if (current === undefined) return;
      world.trace(`!! ${current.link.name} stands still for ${forMs} ms`);
      world.disturb();
      current.link.pause(forMs);
    },
  };
}

function handlerOf(setting: Setting, link: Link, crash: () => void) {
  const underWay = new Set<string>();

  return async (work: Work): Promise<Json> => {
    const { run, task, attempt, key, attemptKey, input, signal, progress } = work;
    if (underWay.has(attemptKey)) setting.court.find(`I4: ${link.name} carries ${attemptKey} out twice`);
    underWay.add(attemptKey);
    const over = new AbortController();
    if ((input as { readonly kills?: boolean }).kills === true) crash();
    try {
      return await carryOut(
        setting.world,
        { ...setting, link },
        {
          run,
          task,
          attempt,
          key,
          attemptKey,
          input,
          projectDir: '.',
          // What this process has done with an attempt does not keep it from being given the attempt again.
          signal: AbortSignal.any([signal, over.signal]),
          heartbeat: (said) => progress(said?.percent, said?.message),
          details: work.details,
          log: work.log,
          lastDetails: work.lastDetails,
          render: (given) => given,
        },
      );
    } finally {
      underWay.delete(attemptKey);
      over.abort();
    }
  };
}
