import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import { promised, takenInput } from '../../actions/action.ts';
import type { Work, WorkHandler } from '../../worker/work.ts';
import { createWorker, type Worker, type WorkerOptions } from '../create-worker.ts';
import type { GivenInput } from './embedded-actions.ts';

/** What a worker says of itself besides the name of its agent. */
type Introduced = Pick<WorkerOptions, 'skills' | 'capacity' | 'level' | 'department'>;

/** A function alone: it has none of the members that the compiler would look for the types of `run` in. */
type Plain = WorkHandler & {
  readonly input?: undefined;
  readonly output?: undefined;
  readonly run?: undefined;
};

/** Agents that a program plays, by their names. `Inputs` and `Outputs` follow from their schemas. */
export type EmbeddedAgents<Inputs, Outputs> = {
  readonly [Name in keyof Inputs]:
    | Plain
    | (Introduced & {
        /** What it takes; absent: whatever the task gives it. */
        readonly input?: z.ZodType<Inputs[Name]>;
        readonly run: (input: GivenInput<Inputs[Name]>, work: Work) => unknown;
      });
} & {
  readonly [Name in keyof Outputs]: {
    /** What it gives; absent: any JSON. */
    readonly output?: z.ZodType<Outputs[Name]>;
    readonly run?: (...given: never[]) => NoInfer<Outputs[Name]> | Promise<NoInfer<Outputs[Name]>>;
  };
};

/** An agent as it is carried out, its schemas no longer known to the compiler. */
export type EmbeddedAgent =
  | WorkHandler
  | (Introduced & {
      readonly input?: z.ZodType | undefined;
      readonly output?: z.ZodType | undefined;
      readonly run: (input: never, work: Work) => unknown;
    });

type Place = Pick<WorkerOptions, 'url' | 'project' | 'namespace' | 'onProgress'>;

export type PlayedAgents = {
  /** Resolves when all of them take work. Rejects where one cannot be, with WorkerInvalid, or cannot be reached. */
  readonly start: () => Promise<void>;
  /** They take nothing more; what is under way may end for so long, and the rest is given back. */
  readonly drain: (graceMs: number) => Promise<void>;
};

/** The agents of a program: each is a worker in this process, and all of them share a connection. */
export function playAgents(agents: Readonly<Record<string, EmbeddedAgent>>, place: Place): PlayedAgents {
  const workers: Worker[] = [];

  return {
    start: async () => {
      for (const [agent, given] of Object.entries(agents)) {
        const worker = { ...place, ...introducedBy(given), agent, handlers: handlerOf(agent, given) };
        // The program says when it ends.
        workers.push(createWorker({ ...worker, drainOnSignalMs: false }));
      }
      await Promise.all(workers.map(({ ready }) => ready));
    },
    drain: async (graceMs) => {
      await Promise.allSettled(workers.map((worker) => worker.drain(graceMs)));
    },
  };
}

function introducedBy(given: EmbeddedAgent): Introduced {
  if (typeof given === 'function') return {};
  const { input: _input, output: _output, run: _run, ...introduced } = given;

  return introduced;
}

function handlerOf(agent: string, given: EmbeddedAgent): WorkHandler {
  if (typeof given === 'function') return given;
  const { input = z.unknown(), output } = given;
  const run = given.run as (input: unknown, work: Work) => unknown;

  return async (work): Promise<Json> =>
    promised(agent, output, await run(takenInput(agent, input, work.input), work));
}
