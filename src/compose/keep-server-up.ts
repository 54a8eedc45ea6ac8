import type { Clock } from '../ports/clock.ts';
import { messageOf } from '../ports/message-of.ts';

/** What is watched: a connection that comes back by itself once its server answers on the same address. */
export type Watched = {
  readonly url: string;
  isConnected(): boolean;
  onDisconnect(callback: () => void): () => void;
  onReconnect(callback: () => void): () => void;
};

export type KeepServerUpOptions = {
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
