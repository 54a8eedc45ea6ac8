/** A nats-server that runs on this machine and is new enough. */
export type ServerBinary = {
  readonly path: string;
  readonly version: string;
  readonly source: 'NATS_SERVER' | 'PATH' | 'cache' | 'provisioned';
};

/** The environment variables of a process; the named ones are those we read. */
export type Environment = Readonly<Record<string, string | undefined>> & {
  readonly NATS_SERVER?: string | undefined;
  readonly PATH?: string | undefined;
  readonly WORKFLOW_CACHE_DIR?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
};
