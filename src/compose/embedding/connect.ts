import { resolve } from 'node:path';
import type { EventDocument } from '../../api/run-parts.ts';
import { actorOf } from '../../cli/commands/actor.ts';
import { loadUseCase } from '../../operations/load-operations.ts';
import { type OperationPorts, RequestRefused } from '../../operations/use-case.ts';
import { JournalUnavailable, RunQuarantined } from '../../ports/runs/journal.ts';
import { eventDocument } from '../../projections/task/event-line.ts';
import { ownerKeys } from '../session/note-dashboard.ts';
import { openPorts } from '../session/observer-session.ts';
import { serverChoice } from '../session/project-server.ts';
import { type Ask, type Client, createClient, type Transport } from './client.ts';
import { httpTransport } from './http-transport.ts';

export type ConnectOptions = {
  /** The address of `workflow serve`, to ask over HTTP; over NATS without. */
  readonly http?: string;
  /** A token of the HTTP API; `WORKFLOW_TOKEN` without, else that of the owner of `dir`, where that is given. */
  readonly token?: string;
  /** The address of a NATS server that runs, with credentials if it needs any; `NATS_URL` without. */
  readonly url?: string;
  /** The folder of the project, whose own server is used where no address is given; the current one without. */
  readonly dir?: string;
  /** `WORKFLOW_NAMESPACE` without, else `default`. Over HTTP it is that of the engine. */
  readonly namespace?: string;
  /** Who starts runs and gives commands: `WORKFLOW_USER` without, else the login name. Over HTTP the token says it. */
  readonly actor?: string;
  /** Told what a person should know. */
  readonly onProgress?: (message: string) => void;
};

/**
 * A client of the runs of a namespace, which works on none of them: that is for the engines that are there. Rejects
 * where no server can be reached.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const { http } = options;
  if (http === undefined) return createClient(await natsTransport(options));
  const client = createClient(httpTransport({ http, token: await tokenOf(options) }));
  // Whoever has the wrong address or token is told now, and not with the first run.
  await client.list({ limit: 1 });

  return client;
}

async function tokenOf({
  token = process.env['WORKFLOW_TOKEN'],
  dir,
}: ConnectOptions): Promise<string | undefined> {
  if (token !== undefined || dir === undefined) return token;

  return ownerKeys(resolve(dir)).token();
}

async function natsTransport(options: ConnectOptions): Promise<Transport> {
  const { dir = '.', onProgress = () => {} } = options;
  const { ports, close } = await openPorts(resolve(dir), onProgress, serverChoice(options));

  return {
    ask: askOver(async () => ports, actorOf({ env: process.env }, options.actor)),
    events: (run, signal) => eventsOf(ports, run, signal),
    isPassing: (error) => error instanceof JournalUnavailable,
    close,
  };
}

/** Carries operations out on what is given. Rejects with RequestRefused, and with what the ports reject with. */
export function askOver(ports: () => Promise<OperationPorts>, actor: string): Ask {
  return async (operation, input, gone) => {
    const [noun = '', verb = ''] = operation.split('.');
    const { input: schema, carryOut } = await loadUseCase(noun, verb);
    const read = schema.safeParse(input);
    if (!read.success) {
      const problems = read.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.')}: ${message}`,
      );
      throw new RequestRefused({ code: 'http.invalid', message: `${operation}: ${problems.join('; ')}` });
    }

    // The document that is sent over HTTP: a member that is not there is none of it.
    return JSON.parse(JSON.stringify(await carryOut(await ports(), read.data, { actor, gone })));
  };
}

/** Rejects with RunNotFound, RunQuarantined. */
async function* eventsOf(
  { workflows }: Pick<OperationPorts, 'workflows'>,
  run: string,
  signal: AbortSignal,
): AsyncGenerator<EventDocument> {
  for await (const entry of workflows.follow(await workflows.resolve(run), signal)) {
    if (!('record' in entry)) throw new RunQuarantined(entry.damage);
    yield eventDocument(entry.record, entry.position);
  }
}
