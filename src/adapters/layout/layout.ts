import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Layout, Placed } from '../../ports/layout.ts';
import { elkGraph, type PlacedElk, placedOf } from './elk-graph.ts';

/** There are more boxes than can be placed in time. The reaction: show a table. */
class GraphTooLarge extends Error {
  override readonly name = 'GraphTooLarge';
  readonly code = 'graph.too-large';

  constructor(boxes: number) {
    super(
      `the graph has ${boxes} boxes, more than the ${boxesMax} that are drawn; its tasks are in the table`,
    );
  }
}

/** The graph was not placed within the time there is. The reaction: show a table. */
class GraphTooSlow extends Error {
  override readonly name = 'GraphTooSlow';
  readonly code = 'graph.too-large';

  constructor(boxes: number, withinMs: number) {
    super(
      `the graph of ${boxes} boxes was not drawn within ${withinMs / 1_000} s; its tasks are in the table`,
    );
  }
}

const boxesMax = 500;
const withinMs = 25_000;

/** Places graphs by elk in a thread of its own, begun at once: elk takes longer to begin than to place a graph. */
export function createLayout(): Layout & { close(): Promise<void> } {
  let thread: Promise<ElkThread> | undefined = startThread();
  // Whoever wants a picture is told why there is none.
  thread.catch(() => undefined);
  const drop = async (): Promise<void> => {
    const old = thread;
    thread = undefined;
    await old?.then(
      (each) => each.end(),
      () => undefined,
    );
  };
  let last: Promise<unknown> = Promise.resolve();
  const placeNow = async (graph: Parameters<Layout['place']>[0]): Promise<Placed> => {
    thread ??= startThread();
    try {
      return placedOf(await (await thread).layout(elkGraph(graph), graph.boxes.length));
    } catch (error) {
      await drop();
      throw error;
    }
  };

  return {
    place: (graph) => {
      if (graph.boxes.length > boxesMax) return Promise.reject(new GraphTooLarge(graph.boxes.length));
      // One after another: the time that one may take does not count for those behind it.
      const placed = last.then(() => placeNow(graph));
      last = placed.catch(() => undefined);

      return placed;
    },
    close: drop,
  };
}

type ElkThread = {
  readonly layout: (graph: object, boxes: number) => Promise<PlacedElk>;
  readonly end: () => Promise<void>;
};

async function startThread(): Promise<ElkThread> {
  // The part of elk that computes is written for a web worker: it listens and answers by names of the global object.
  const worker = new Worker(threadText, { eval: true, workerData: { elk: elkPath() } });
  worker.unref();
  let died: Error | undefined;
  // An error that nobody listens for ends the whole process, and pictures are the least that an engine is for.
  worker.on('error', (error) => {
    died = error;
  });

  return {
    layout: (graph, boxes) =>
      died === undefined ? answerOf(worker, graph, boxes) : Promise.reject(notPlaced(died)),
    end: async () => void (await worker.terminate()),
  };
}

function elkPath(): string {
  // Not its pathname: where a folder has a space in its name, that names no file.
  return fileURLToPath(import.meta.resolve('elkjs/lib/elk-worker.min.js'));
}

const threadText = `
const { parentPort, workerData } = require('node:worker_threads');
const { Worker } = require(workerData.elk);
const elk = new Worker();
elk.onmessage = ({ data }) => parentPort.postMessage(data);
elk.postMessage({ id: 0, cmd: 'register', algorithms: ['layered'] });
parentPort.on('message', (data) => elk.postMessage(data));
`;

/** As the thread says it: `id` 0 answers what is said to it at its beginning. */
type Said = { readonly id: number; readonly data?: PlacedElk; readonly error?: unknown };

function answerOf(worker: Worker, graph: object, boxes: number): Promise<PlacedElk> {
  return new Promise((resolve, reject) => {
    const over = (act: () => void): void => {
      clearTimeout(limit);
      worker.off('message', hear);
      worker.off('error', fail);
      act();
    };
    const limit = setTimeout(() => over(() => reject(new GraphTooSlow(boxes, withinMs))), withinMs);
    const hear = ({ id, data, error }: Said): void => {
      if (id === 0) return;
      if (data === undefined) over(() => reject(notPlaced(error)));
      else over(() => resolve(data));
    };
    const fail = (error: Error): void => over(() => reject(notPlaced(error)));
    worker.on('message', hear);
    worker.on('error', fail);
    worker.postMessage({ id: 1, cmd: 'layout', graph, layoutOptions: {}, options: {} });
  });
}

function notPlaced(cause: unknown): Error {
  return new Error('elk could not place the graph', { cause });
}
