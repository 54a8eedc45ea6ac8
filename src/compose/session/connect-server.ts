import { byCurrentBundle } from '../../engine/bundled-definitions.ts';
import { ensurePrivateFolder } from '../../files/private-file.ts';
import { within } from '../../lib/deadline.ts';
import { messageOf } from '../../lib/text.ts';
import { SiteFenced } from '../../ports/backup.ts';
import type { Clock } from '../../ports/clock.ts';
import { connectJetStream, type JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { systemClock } from '../system-clock.ts';
import { bringUpServer, journalFileName, ownServerOf, replicasFrom, serverChoice } from './project-server.ts';
import type { SessionOptions } from './session-agents.ts';
import type { OwnServer } from './store-watch.ts';

const fenceMsMax = 2_000;

/** The server that was chosen or `NATS_URL` names, or the project's own, which is kept up until it is let go. */
export async function connectServer(
  { projectDir, server: choice = serverChoice() }: Pick<SessionOptions, 'projectDir' | 'server'>,
  onProgress: (message: string) => void,
) {
  // Whoever needs the folder says what is wrong with it.
  await ensurePrivateFolder(projectDir).catch(() => undefined);
  const replicas = replicasFrom(process.env);
  const { url: named, namespace } = choice;
  const bringUp = () => bringUpServer(projectDir, onProgress);
  const { url, login, stationsLogin } = named === '' ? await bringUp() : { url: named };
  const name = `workflow-${process.pid}`;
  const own: OwnServer | undefined = named === '' ? ownServerOf(projectDir) : undefined;
  const connected = await connectJetStream({
    ...{ url, login, namespace, name, replicas, onProgress },
    storeTrouble: async () => (await own?.trouble()) ?? (await fenceOf(connected)),
  });
  const stream = {
    ...connected,
    definitions: byCurrentBundle(connected.definitions, connected.bundles),
    fileName: journalFileName(connected.url, choice),
    namespace,
  };
  /** How the account is reached that other stations have. */
  const reached = { url, login: stationsLogin };
  if (named !== '') return { stream, login, reached, source: 'NATS_URL', own, letServerGo: () => undefined };
  const connection = { connection: stream, bringUp, clock: systemClock, pauseMs: 1_000, onProgress };

  return { stream, login, reached, source: 'embedded', own, letServerGo: keepServerUp(connection) };
}

/** What keeps everybody from storing anything, where another site goes on with the runs. */
async function fenceOf(stream: Pick<JetStreamHandle, 'fence'>): Promise<SiteFenced | undefined> {
  const fence = await within(systemClock, fenceMsMax, stream.fence());

  return fence && new SiteFenced(fence);
}

/** What is watched: a connection that comes back by itself once its server answers on the same address. */
type Watched = {
  readonly url: string;
  isConnected(): boolean;
  onDisconnect(callback: () => void): () => void;
  onReconnect(callback: () => void): () => void;
};

type KeepServerUpOptions = {
  readonly connection: Watched;
  /** Finds the server or starts it. */
  readonly bringUp: () => Promise<{ readonly url: string }>;
  readonly clock: Clock;
  readonly pauseMs: number;
  readonly onProgress: (message: string) => void;
};

/** Brings the project's server up again whenever the connection to it is lost, until the result is called. */
export function keepServerUp(options: KeepServerUpOptions): () => void {
  const { connection, bringUp, clock, pauseMs, onProgress } = options;
  let gone = false;
  let ended = false;
  let said = '';
  let cancelPause: () => void = () => {};
  const forget = [connection.onDisconnect(onGone), connection.onReconnect(onBack)];
  // It may have died since the connection was made, before anybody listened.
  if (!connection.isConnected()) onGone();

  function onGone(): void {
    if (gone || ended) return;
    gone = true;
    say('the NATS server is gone; bringing it up again');
    void attempt();
  }

  function onBack(): void {
    if (!gone || ended) return;
    gone = false;
    cancelPause();
    say('the NATS server is back');
  }

  async function attempt(): Promise<void> {
    const found = await bringUp().catch((error: unknown) => messageOf(error));
    if (!gone || ended) return;
    if (typeof found === 'string') say(`the NATS server cannot be brought up: ${found}; trying again`);
    else if (found.url !== connection.url) return say(elsewhere(found.url));
    cancelPause = clock.after(pauseMs, () => void attempt());
  }

  /** Says nothing twice in a row. */
  function say(message: string): void {
    if (message !== said) onProgress(message);
    said = message;
  }

  return () => {
    ended = true;
    cancelPause();
    for (const stop of forget) stop();
  };
}

function elsewhere(now: string): string {
  return (
    `the NATS server is at ${now} now, because its port was taken, and this process cannot follow it there; ` +
    'end this command and give it again (`workflow resume` for a run)'
  );
}
