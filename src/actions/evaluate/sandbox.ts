import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Json } from '../../../events/canonical-json.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { sandboxThread } from './sandbox-thread.ts';

export const evaluatedLanguages = ['javascript', 'jq', 'jsonata'] as const;

/** A foreign expression over an input. */
export type Evaluation = {
  readonly language: (typeof evaluatedLanguages)[number];
  readonly expression: string;
  readonly input: Json;
};

/** What an expression gave: of jq the first result, and all of them. Absent where it gave nothing. */
export type Evaluated = { readonly value?: Json; readonly values?: readonly Json[] };

/** So long expressions may take, and so much of memory; whoever takes more is ended and named. */
const evaluationLimits = { limitMs: 3_000, bytesMax: 64 * 1024 * 1024 };
/** On top of it, for a thread whose own look at the time does not help. */
const graceMs = 1_000;
/** A thread begins within this, or the machine is past help. */
const beginMs = 30_000;
const threadsMax = 2;

type Said = {
  readonly id: number;
  readonly kind: 'done' | 'failed' | 'late' | 'memory' | 'depth';
  readonly message?: string;
  readonly isBroken?: boolean;
  readonly value?: string;
  readonly values?: string;
};
type Thread = { readonly worker: Worker; readonly begun: Promise<unknown> };

const idle: Thread[] = [];
const waiting: (() => void)[] = [];
let threads = 0;

/**
 * Evaluates an expression of another engine in a thread that holds nothing else, within a bound of time and memory.
 * A thread that was harmed is replaced; what others evaluate meanwhile is in another. Throws TaskError.
 */
export async function evaluateForeign(evaluation: Evaluation): Promise<Evaluated> {
  const thread = await claimed();
  let isWhole = false;
  try {
    await thread.begun;
    const said = await answerOf(thread.worker, evaluation);
    isWhole = said.isBroken !== true;
    return resultOf(said);
  } finally {
    release(thread, isWhole);
  }
}

async function claimed(): Promise<Thread> {
  if (threads >= threadsMax) await new Promise<void>((resolve) => waiting.push(resolve));
  threads += 1;

  return idle.pop() ?? startThread();
}

function release(thread: Thread, isWhole: boolean): void {
  threads -= 1;
  if (isWhole) idle.push(thread);
  else void thread.worker.terminate();
  waiting.shift()?.();
}

function startThread(): Thread {
  const worker = new Worker(sandboxThread, {
    eval: true,
    // It needs none of our credentials.
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 8 },
    workerData: {
      ...evaluationLimits,
      stackBytes: 256 * 1024,
      paths: {
        quickjs: import.meta.resolve('quickjs-emscripten-core'),
        variant: import.meta.resolve('@jitl/quickjs-wasmfile-release-sync'),
        jq: fileURLToPath(new URL('build/jq.js', import.meta.resolve('jq-wasm'))),
        jsonata: fileURLToPath(import.meta.resolve('jsonata/jsonata.min.js')),
      },
    },
  });
  worker.unref();
  // An error that nobody listens for ends the whole process.
  worker.on('error', () => undefined);
  const begun = heard(worker, beginMs);
  begun.catch(() => undefined);

  return { worker, begun };
}

let last = 0;

function answerOf(worker: Worker, { language, expression, input }: Evaluation): Promise<Said> {
  last += 1;
  const answer = heard(worker, evaluationLimits.limitMs + graceMs);
  worker.postMessage({ id: last, language, expression, input: JSON.stringify(input) });

  return answer;
}

/** What the thread says next; a thread that says nothing was too late, or had no memory left. */
function heard(worker: Worker, withinMs: number): Promise<Said> {
  return new Promise((resolve) => {
    const over = (said: Said): void => {
      clearTimeout(limit);
      worker.off('message', over);
      worker.off('error', fail);
      worker.off('exit', end);
      resolve(said);
    };
    const fail = ({ message }: Error): void => over({ id: 0, kind: 'memory', message, isBroken: true });
    const end = (): void => over({ id: 0, kind: 'memory', isBroken: true });
    const limit = setTimeout(() => over({ id: 0, kind: 'late', isBroken: true }), withinMs);
    worker.on('message', over);
    worker.on('error', fail);
    worker.on('exit', end);
  });
}

function resultOf({ kind, message = '', value, values }: Said): Evaluated {
  const { limitMs, bytesMax } = evaluationLimits;
  switch (kind) {
    case 'done':
      return {
        ...(value === undefined ? {} : { value: JSON.parse(value) as Json }),
        ...(values === undefined ? {} : { values: JSON.parse(values) as Json[] }),
      };
    case 'late':
      throw new TaskError(
        'evaluate.time-limit',
        `the expression took longer than ${limitMs / 1_000} s; does it end?`,
        { retryable: true },
      );
    case 'memory':
      throw new TaskError(
        'evaluate.memory-limit',
        `the expression took more memory than ${bytesMax / 1024 / 1024} MiB`,
      );
    case 'depth':
      throw new TaskError('evaluate.too-deep', 'the expression calls itself too deeply');
    case 'failed':
      throw new TaskError('evaluate.failed', `the expression failed: ${message}`);
  }
}
