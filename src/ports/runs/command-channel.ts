import type { Json } from '../../../events/canonical-json.ts';

/** Answers one request that arrived for a shard this node owns. The channel vouches for who asks. */
export type CommandHandler = (request: Json, asker: ChannelCaller) => Promise<Json>;

/** Who asks: a person or a program by name, or `engine`. */
export type ChannelCaller = {
  readonly as: string;
  /** The id of the run was made in this process just now: there is nothing to be read of it. No channel says that. */
  readonly isNew?: boolean;
};

/** Brings a command to the engine node that owns the run's shard, and its answer back. */
export interface CommandChannel {
  /** Answers requests for the shard until the returned function is called. */
  serve(shard: number, handler: CommandHandler): Promise<() => Promise<void>>;
  /**
   * Asks the owner of the shard. While there is none, or it does not answer, it is asked again, until `timeoutMs` has
   * passed: then rejects with NoEngine. Commands are safe to repeat. Rejects with CommandTooLarge.
   */
  request(
    shard: number,
    request: Json,
    options: ChannelCaller & { readonly timeoutMs: number },
  ): Promise<Json>;
}

/** Nobody owns the shard. The reaction: start an engine (`workflow serve`, or any command that brings one up). */
export class NoEngine extends Error {
  override readonly name = 'NoEngine';
  readonly code = 'engine.none';

  constructor(shard: number, timeoutMs: number) {
    super(`no engine answered for shard ${shard} within ${timeoutMs} ms; start one with \`workflow serve\``);
  }
}

/** The engine of this process took too long. The reaction: look at the run before it is asked again. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code = 'engine.none';

  constructor(run: string, timeoutMs: number) {
    super(
      `this engine has not answered about run ${run} within ${timeoutMs} ms; what was asked may still happen: ` +
        `\`workflow show ${run}\` tells`,
    );
  }
}

/** The request holds more than one message may. The reaction: refuse what led to it; it will not become smaller. */
export class CommandTooLarge extends Error {
  override readonly name = 'CommandTooLarge';
  readonly code = 'command.too-large';

  constructor(bytes: number, cause: unknown) {
    super(
      `the request has ${bytes} bytes, more than one message holds; hand the path of a file on in place of the data`,
      { cause },
    );
  }
}
