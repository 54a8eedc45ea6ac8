import { PermissionViolationError } from '@nats-io/transport-node';

/** The server is older than the journal needs. The reaction: use a newer server. */
export class NatsTooOld extends Error {
  override readonly name = 'NatsTooOld';
  readonly code = 'nats.too-old';

  constructor(url: string, version: string, versionMin: string) {
    super(
      `the NATS server at ${url} is version ${version}, but ${versionMin} or newer is needed (atomic batches, ` +
        'time to live per message); upgrade it, or unset NATS_URL and let workflow bring up its own',
    );
  }
}

/** Nothing answers, or it refuses us. The reaction: start the server or mend the address. */
export class NatsUnreachable extends Error {
  override readonly name = 'NatsUnreachable';
  readonly code = 'nats.unreachable';

  constructor(url: string, reason: string, cause: unknown) {
    super(`no NATS server can be reached at ${url}: ${reason}; run \`workflow doctor\``, { cause });
  }
}

/** The server does not know the user, or not by this password. The reaction: the address that was made for it. */
export class NatsUnauthorised extends Error {
  override readonly name = 'NatsUnauthorised';
  readonly code = 'nats.unauthorised';

  constructor(url: string, isProjects: boolean, cause: unknown) {
    super(
      isProjects
        ? `the project's NATS server at ${url} refuses the password in .3ox/nats/server.password; \`workflow down\` ` +
            'and the next command start it with that password'
        : `the NATS server at ${url} refuses the user or the password in NATS_URL; is it the address that ` +
            '`workflow nats-config` wrote last, and has the server been reloaded since?',
      { cause },
    );
  }
}

/** The address is none. The reaction: correct it. */
export class NatsUrlInvalid extends Error {
  override readonly name = 'NatsUrlInvalid';
  readonly code = 'usage.nats-url';

  constructor(url: string, cause: unknown) {
    super(`${url} is no address of a NATS server; NATS_URL looks like nats://host:4222`, { cause });
  }
}

/** The server runs without JetStream. The reaction: start it with `-js` and nats.conf. */
export class NoJetStream extends Error {
  override readonly name = 'NoJetStream';
  readonly code = 'nats.no-jetstream';

  constructor(url: string, cause: unknown) {
    super(
      `the NATS server at ${url} has no JetStream for this account; start it with -js, ` +
        'as nats.conf of this project does',
      { cause },
    );
  }
}

/** A stream exists with settings that break our promises. The reaction: a person decides; it is never changed here. */
export class StreamMisconfigured extends Error {
  override readonly name = 'StreamMisconfigured';
  readonly code = 'nats.stream-misconfigured';

  constructor(stream: string, differences: readonly string[]) {
    super(
      `stream ${stream} exists with settings that are not safe: ${differences.join('; ')}; ` +
        'change them with the nats command, or use another namespace',
    );
  }
}

/** Asked for more than one replica on a server that is in no cluster. */
export const NOT_CLUSTERED = 10074;

/** A stream cannot be kept on as many servers as asked. The reaction: start the others, or ask for fewer. */
export class TooFewServers extends Error {
  override readonly name = 'TooFewServers';
  readonly code = 'nats.too-few-servers';
  /** The server is part of a cluster, and others of it may come up. */
  readonly mayPass: boolean;

  constructor(stream: string, replicas: number, cause: ApiRefusal) {
    super(
      `stream ${stream} cannot have ${replicas} replicas: ${cause.message}; start all servers of the cluster, or set ` +
        'WORKFLOW_REPLICAS=1 for a server that is alone',
      { cause },
    );
    this.mayPass = cause.errCode !== NOT_CLUSTERED;
  }
}

/** JetStream answered a request with an error. Stays inside this folder. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  /** Like an HTTP status. */
  readonly status: number;
  readonly errCode: number;

  constructor(error: { readonly code?: number; readonly err_code?: number; readonly description?: string }) {
    super(error.description ?? 'refused');
    this.status = error.code ?? 0;
    this.errCode = error.err_code ?? 0;
  }
}

/** The last message of the subject is not the one that was expected. */
export const WRONG_POSITION = 10071;
/** Another write of the subject is on its way through the cluster: the answer of a moment, which says nothing yet. */
export const MOMENTARY = 10164;

/** The server does not let this user give commands by this name. The reaction: another name, or another address. */
export class NotYourName extends Error {
  override readonly name = 'NotYourName';
  readonly code = 'authority.not-you';

  constructor(as: string) {
    super(
      `the server does not let the user in NATS_URL give commands as ${JSON.stringify(as)}; is it the address of ` +
        'somebody else? The name (--as, WORKFLOW_USER) has to be the one that the address was made for',
    );
  }
}

/** The server does not let this user do what was asked for. The reaction: the address of somebody who may. */
export class RefusedByServer extends Error {
  override readonly name = 'RefusedByServer';
  readonly code = 'authority.refused';

  constructor(user: string | undefined, cause: Error) {
    super(
      `the address in NATS_URL is that of the user ${JSON.stringify(user ?? '')}, and the server does not let it do ` +
        `this: ${cause.message}; use the address of somebody who may`,
      { cause },
    );
  }
}

/** The error for what permissions on the server are in the way of; undefined for all others. */
export function refusedByServer(user: string | undefined, error: unknown): RefusedByServer | undefined {
  if (!(error instanceof Error)) return undefined;
  const violation = error instanceof PermissionViolationError ? error : error.cause;

  return violation instanceof PermissionViolationError ? new RefusedByServer(user, violation) : undefined;
}
