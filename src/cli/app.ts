import type { IsSigned, PublicKey } from '../../machines/audit/public-key.ts';
import type { KnownWorld } from '../../machines/language/world/world.ts';
import type { OperationPorts } from '../operations/use-case.ts';
import type { Access } from '../ports/access/access.ts';
import type { SigningKeys } from '../ports/access/signing-keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImportDefinitions } from '../ports/definitions/definition-import.ts';
import type { FolderDefinition } from '../ports/definitions/definitions-folder.ts';
import type { Gallery } from '../ports/definitions/gallery.ts';
import type { ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import type { Advice, DoctorLine } from '../ports/doctor.ts';
import type { Layout } from '../ports/layout.ts';
import type { RunArchive } from '../ports/runs/archive.ts';
import type { Board } from '../ports/runs/board.ts';
import type { Rehearsals } from '../ports/runs/rehearsals.ts';
import type { CurrentRuns, RunSummary } from '../ports/runs/run-index.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import type { Surroundings } from '../ports/work/surroundings.ts';
import type { Key } from '../terminal/screen/key.ts';

/**
 * What the composition root provides to the command line. Each function loads what it needs, so that `--help` loads
 * nothing.
 */
export interface CliApp {
  /**
   * Connects to the NATS server of the project, starting one if there is none. With `engine: 'embedded'` this process
   * works on runs that no other engine owns; with `'recording'` it records the start of a run and carries nothing out.
   * `onProgress` hears of slow operations.
   */
  open(options: OpenOptions, onProgress: OnProgress): Promise<CliSession>;
  /** The same for whoever needs only the lines of runs, which is sooner. */
  runs(projectDir: string, onProgress: OnProgress): Promise<OpenRuns>;
  /** Runs an engine until the signal aborts and its attempts are over. */
  serve(options: ServeOptions, onProgress: OnProgress): Promise<void>;
  /** The same for whoever edits the project: its files count as drafts, and the programs of its agents run. */
  dev(options: DevOptions, onProgress: OnProgress): Promise<void>;
  /** Carries out an agent's tasks by a command, until the signal aborts and its attempts are over. */
  work(options: WorkOptions, onProgress: OnProgress): Promise<void>;
  /** The MCP server for the program that has started this one, by stdin and stdout, until it goes. */
  mcp(served: McpServed, onProgress: OnProgress): Promise<void>;
  /** Whether nothing was ever run in the project: it has no server of its own and no archive, and none is named. */
  isNew(projectDir: string): Promise<boolean>;
  /** Whether the project's own server is up. None is started. */
  isUp(projectDir: string): Promise<boolean>;
  /** The servers of projects that run on this machine, those of this user. */
  servers(): Promise<readonly ProjectServer[]>;
  /** Stops the NATS server that was started for the project, and with it the process that `servers` showed. */
  down(projectDir: string, seen?: number): Promise<'stopped' | 'not-running'>;
  /** The same unless another process uses it. */
  downUnlessUsed(projectDir: string): Promise<'stopped' | 'not-running' | 'in-use'>;
  /** The live state of all runs, for observers. */
  watch(projectDir: string, onProgress: OnProgress): Promise<Watching>;
  /** What operations are carried out on. */
  ports(projectDir: string, onProgress: OnProgress): Promise<OpenPorts>;
  /** Checks everything that runs need. `onProgress` hears of slow checks. */
  doctor(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]>;
  /** Copies all that the server has of the namespace into a new folder. Rejects with BackupRefused. */
  backup(options: BackupOptions, onProgress: OnProgress): Promise<BackupReport>;
  /** Brings a backup to a server that has nothing of its namespace. Rejects with BackupRefused. */
  restore(options: RestoreOptions, onProgress: OnProgress): Promise<RestoreReport>;
  /** Has the server take nothing more for the runs of the namespace, or again. Rejects with BackupRefused. */
  fence(options: { readonly projectDir: string; readonly isLifted: boolean }): Promise<FenceReport>;
  /** Backs up, and restores on a server of its own that is removed again. */
  drill(options: Omit<BackupOptions, 'folder'>, onProgress: OnProgress): Promise<DrillReport>;
  /** Writes the configuration of a NATS server with users, and a file with each user's address. */
  natsConfig(options: NatsConfigOptions): Promise<NatsConfig>;
  /** Converts definitions of other workflow engines. */
  importer(): Promise<ImportDefinitions>;
  /** Places the boxes of a graph; release it with `close`. */
  layout(): Promise<Layout & { close(): Promise<void> }>;
  /** Plays scenarios; needs no server. */
  rehearsals(): Promise<Rehearsals>;
  /** Keys that sign exports, and verification of signatures. */
  signing(projectDir: string): Promise<Signing>;
  /** Runs that have left the journal; needs no server. */
  archive(projectDir: string): Promise<RunArchive>;
  /** Definitions in files of the project, and in the library. */
  definitionFiles(projectDir: string): Promise<ProjectDefinitions>;
  /** The galleries of the project; folders are relative to `cwd`. */
  gallery(projectDir: string, cwd: string): Promise<Gallery>;
  /** What the files of the project and this machine say of the world of its definitions. */
  world(projectDir: string): Promise<KnownWorld>;
  /** The same with what a server that is up already says; undefined where none answers. None is started. */
  registered(projectDir: string): Promise<KnownWorld | undefined>;
  /** API tokens of the project. */
  access(projectDir: string): Promise<Access>;
  /** What opens the HTTP API and the dashboard for the owner of the project. */
  owner(projectDir: string): Promise<OwnerKeys>;
}

/** The server of a project. Absent: it does not answer yet. */
export type ProjectServer = {
  readonly projectDir: string;
  readonly pid: number;
  readonly startedAt?: string | undefined;
  readonly url?: string | undefined;
};

export type OwnerKeys = {
  token(): Promise<string>;
  /** Signs a browser in; undefined where no engine serves a dashboard. */
  link(): Promise<string | undefined>;
  /** The address of the project's own NATS server, with its password. */
  natsUrl(): Promise<string>;
};

export type Signing = {
  readonly keys: SigningKeys;
  readonly isSigned: IsSigned;
  /** Reads a public key file. Throws SigningKeyRefused. */
  readonly readPublicKey: (text: string, shownPath: string) => PublicKey;
  /** Signs with a private key in PEM. Throws SigningKeyRefused. */
  readonly signerOf: (
    pem: string,
    shownPath: string,
  ) => {
    readonly key: { readonly key: string; readonly publicKey: string };
    readonly sign: (digest: string) => Promise<string>;
  };
};

export type OpenOptions = { readonly projectDir: string; readonly engine: 'none' | 'embedded' | 'recording' };
export type ServeOptions = {
  readonly projectDir: string;
  readonly signal: AbortSignal;
  /** How long attempts may take to finish when the engine stops. */
  readonly drainMs: number;
  /** The HTTP API and the dashboard; absent: none. */
  readonly http?: HttpOptions;
  /** The bundle of the store that is served: `current`, or the hash of one; absent: the files of the folder. */
  readonly bundle?: string;
};
export type DevOptions = Omit<ServeOptions, 'bundle'> & {
  /** Told when the engine is up. */
  readonly onReady: (workflows: Workflows) => void;
  /** Told at the beginning and when files change; with the definitions without errors, where these may be others. */
  readonly onFiles: (found?: readonly FolderDefinition[]) => void;
  /** Told of what the program of an agent prints, and of its starts and ends. */
  readonly onAgent: (agent: string, line: string) => void;
};
export type HttpOptions = {
  readonly host: string;
  /** 0: any free port. Absent: the default port, or the next free one. */
  readonly port: number | undefined;
  /** Refuse every change over HTTP. */
  readonly readOnly: boolean;
  /** Names that the server is reached by, besides `host`. */
  readonly allowHosts: readonly string[];
  /** Trust the forwarding headers of a proxy. */
  readonly trustProxy: boolean;
  /** The actor of local requests without a token. */
  readonly actor: string;
};
export type WorkOptions = {
  readonly projectDir: string;
  /** The folder that the worker was started in. */
  readonly cwd: string;
  readonly agent: string;
  readonly skills: readonly string[];
  readonly capacity: number;
  readonly level?: 'L0' | 'L1' | 'L2' | 'L3';
  readonly department?: string;
  readonly command: readonly string[];
  readonly signal: AbortSignal;
  readonly drainMs: number;
};
export type McpServed = {
  readonly projectDir: string;
  readonly signal: AbortSignal;
  /** Who asks, where no engine is asked over HTTP. */
  readonly actor: string;
  /** The engine that is asked; absent: the project itself, as its owner. */
  readonly http?: { readonly url: string; readonly token: string | undefined };
};
export type OnProgress = (message: string) => void;

export type BackupOptions = {
  readonly projectDir: string;
  /** Absolute. */
  readonly folder: string;
};
export type RestoreOptions = BackupOptions & {
  /** The address of the old server, or the project folder that has it. */
  readonly fence?: string | undefined;
  /** The old site is gone for good: nothing need be fenced. */
  readonly isOldDown?: boolean | undefined;
};
/** `at`, `by`: of the fence that is there; `was`: the one that was lifted, if any. */
export type FenceReport = { readonly namespace: string } & (
  | { readonly isFenced: true; readonly at: string; readonly by: string }
  | { readonly isFenced: false; readonly was: { readonly at: string; readonly by: string } | undefined }
);
export type BackupReport = {
  readonly folder: string;
  readonly namespace: string;
  /** Whatever was acknowledged before this time is in it, ISO 8601. */
  readonly cutAt: string;
  readonly bytes: number;
  readonly streams: readonly string[];
  /** Those of which the server finds messages damaged. */
  readonly damaged: readonly string[];
};
export type RestoreReport = BackupReport & {
  /** The streams of which something was too old to be kept by now, and is gone. */
  readonly expired: readonly string[];
};
export type DrillReport = Omit<BackupReport, 'folder'> & {
  /** How many runs were read from their first event to their last. */
  readonly runs: number;
  /** Those that are not sound, and are where they were copied from. */
  readonly unsound: readonly string[];
  /** Those that are not sound there either. */
  readonly unsoundBefore: readonly string[];
  /** From no server to all runs verified. */
  readonly rtoMs: number;
  /** From the cut until the backup was complete. */
  readonly rpoMs: number;
};

/** `agents`, `operators`, `observers`: names of users besides those of agents.yaml. */
export type NatsConfigOptions = {
  readonly projectDir: string;
  /** The output folder. */
  readonly out: string;
  readonly namespace: string;
  /** One or several addresses, separated by commas, without users. */
  readonly server: string;
  readonly agents: readonly string[];
  readonly operators: readonly string[];
  readonly observers: readonly string[];
  /** Replace existing files. */
  readonly force: boolean;
};

/** The written files, and the users in them. */
export type NatsConfig = {
  readonly conf: string;
  readonly urls: string;
  readonly users: readonly {
    readonly user: string;
    readonly role: 'engine' | 'worker' | 'operator' | 'observer';
  }[];
};

/** The session of one command. */
export type CliSession = {
  readonly workflows: Workflows;
  readonly server: { readonly url: string; readonly version: string; readonly source: string };
  close(): Promise<void>;
};

export type OpenRuns = {
  readonly runs: CurrentRuns;
  /** Who is there for these runs. Never rejects. */
  surroundings(lines: readonly RunSummary[]): Promise<Surroundings>;
  close(): Promise<void>;
};
export type OpenPorts = { readonly ports: OperationPorts; close(): Promise<void> };

/** A connection that a person looks through. */
export type Watching = {
  readonly workflows: Workflows;
  readonly board: Board;
  readonly agents: AgentsDesk;
  readonly namespace: string;
  /** The dashboard's address for browsers; undefined if none is running. */
  url(): Promise<string | undefined>;
  close(): Promise<void>;
};

export type DoctorOptions = {
  readonly projectDir: string;
  /** Also verify runs that have ended. */
  readonly all?: boolean;
  /** Nothing was ever run here: no server is brought up to be looked at. */
  readonly isNew?: boolean;
  /** Say for every damaged run what can be done. */
  readonly repair?: boolean;
  /** Do what is safe of that. */
  readonly yes?: boolean;
  /** How many damaged runs are named; default 1,000. */
  readonly limit?: number;
  /** Only runs whose ids come behind this one, such as the last that was named. */
  readonly after?: string;
  /** Who asks: it is noted who accepted a loss. */
  readonly by?: string;
};

export type { Advice, DoctorLine };

export type EditorStreams = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** The terminal, or its stand-in in tests. */
export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly stdinIsTty: boolean;
  /** The current size of the terminal. */
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  stdin(): Promise<string>;
  /** What an editor speaks over; absent in a shell of others. */
  readonly streams?: EditorStreams;
  /** The lines of stdin, as they come. */
  stdinLines(): AsyncIterable<string>;
  /**
   * Calls back when the user asks to stop (Ctrl-C, a closed terminal, SIGTERM), until the returned function is
   * called. Whoever asks again has the process end at once, after what `last` does.
   */
  onInterrupt(callback: () => void, last?: () => Promise<void>): () => void;
  /** Calls back when the process exits, for any reason, until the returned function is called. */
  onExit(callback: () => void): () => void;
  /** Calls back for every key press, until the returned function is called; absent without a terminal. */
  readonly keys?: (callback: (key: Key) => void) => () => void;
  /** Calls back when the terminal is resized, until the returned function is called. */
  onResize(callback: () => void): () => void;
  /** Prompts the user; absent without a terminal. */
  readonly prompt?: (question: string) => Promise<string>;
}
