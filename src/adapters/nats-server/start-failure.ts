import { NatsServerError } from './server-error.ts';

type Start = { readonly storeDir: string; readonly config: string; readonly port?: number };

const TAIL_LINES = 8;

/** Turns the log of a server that did not come up into the error that says what to do. */
export function explainExit(log: string, { storeDir, config, port }: Start): NatsServerError {
  const fatal = /\[FTL\] (.*)/.exec(log)?.[1] ?? '';

  if (fatal.includes('address already in use')) {
    const message = `port ${port ?? '(free)'} is taken by another program; choose another port or end that program`;
    return new NatsServerError('nats.port-taken', message);
  }
  if (log.includes('no space left on device')) {
    return new NatsServerError(
      'nats.disk-full',
      `the disk of ${storeDir} is full; make room and start again`,
    );
  }
  if (/storage directory|permission denied|read-only file system/.test(fatal)) {
    const message = `the server cannot store in ${storeDir} (${fatal}); check its owner and permissions`;
    return new NatsServerError('nats.store-not-writable', message);
  }
  if (/^nats-server: /m.test(log)) {
    const reason = /^nats-server: (.*)/m.exec(log)?.[1];
    return new NatsServerError('nats.start-failed', `nats-server refuses ${config}: ${reason}`);
  }

  return new NatsServerError(
    'nats.start-failed',
    `nats-server did not come up; its log ends with:\n${tail(log)}`,
  );
}

function tail(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-TAIL_LINES);

  return lines.map((line) => `  ${line}`).join('\n');
}
