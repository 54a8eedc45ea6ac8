import type { IsSigned, PublicKey } from '../../machines/audit/public-key.ts';
import type { Access } from '../ports/access/access.ts';
import type { SigningKeys } from '../ports/access/signing-keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ImportDefinitions } from '../ports/definitions/definition-import.ts';
import type { ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import type { Advice, DoctorLine } from '../ports/doctor.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { Layout } from '../ports/layout.ts';
import type { Board } from '../ports/runs/board.ts';
import type { Rehearsals } from '../ports/runs/rehearsals.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import type { Key } from '../terminal/screen/key.ts';

/**
 * What the composition root gives to the command line. Each call loads what it needs, so that `--help` loads
 * nothing.
 */
export interface CliApp {
  /**
   * Connects to the NATS server of the project, bringing one up where there is none. With `engine: 'embedded'` this
   * process works on the runs that no other engine owns; with `'recording'` it takes the start of a run and carries
   * nothing out. `onProgress` is told what takes long.
   */
  open(options: OpenOptions, onProgress: OnProgress): Promise<CliSession>;
  /** Runs an engine until the signal aborts and what it has under way is over. */
  serve(options: ServeOptions, onProgress: OnProgress): Promise<void>;
  /** Carries tasks of an agent out by a command, until the signal aborts and what it has under way is over. */
  work(options: WorkOptions, onProgress: OnProgress): Promise<void>;
  /** Stops the NATS server that was brought up for the project. */
  down(projectDir: string): Promise<'stopped' | 'not-running'>;
  /** Who carries tasks out, once all who are there have had the time to say so. Rejects with AgentsInvalid. */
  agents(projectDir: string, onProgress: OnProgress): Promise<AgentsDesk>;
  /** What all runs do now, for whoever looks on. */
  watch(projectDir: string, onProgress: OnProgress): Promise<Watching>;
  /** What starts runs by itself, and the events that come in. */
  triggers(projectDir: string, onProgress: OnProgress): Promise<TriggersDesk>;
  /** Looks at everything that runs need. `onProgress` is told what takes long. */
  doctor(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]>;
  /** Writes a configuration for a NATS server with users, and the address of each of them. */
  natsConfig(options: NatsConfigOptions): Promise<NatsConfig>;
  /** What translates the definitions of another workflow engine. */
  importer(): Promise<ImportDefinitions>;
  /** What places the boxes of a picture. It ends with `close`. */
  layout(): Promise<Layout & { close(): Promise<void> }>;
  /** What scenarios are played on. It needs no server. */
  rehearsals(): Promise<Rehearsals>;
  /** The keys that exports are signed with, and what verifies signatures. */
  signing(projectDir: string): Promise<Signing>;
  /** The definitions that stand in files of the project, and those that come with the program. */
  definitionFiles(projectDir: string): Promise<ProjectDefinitions>;
  /** The tokens that open the HTTP API of the project. */
  access(projectDir: string): Promise<Access>;
}

export type Signing = {
  readonly keys: SigningKeys;
  readonly isSigned: IsSigned;
  /** Reads the file of a public key. Throws SigningKeyRefused. */
  readonly readPublicKey: (text: string, shownPath: string) => PublicKey;
};

export type OpenOptions = { readonly projectDir: string; readonly engine: 'none' | 'embedded' | 'recording' };
export type ServeOptions = {
  readonly projectDir: string;
  readonly signal: AbortSignal;
  /** How long attempts under way may take to end when the engine is stopped. */
  readonly drainMs: number;
  /** The HTTP API and the dashboard; without, there are none. */
  readonly http?: HttpOptions;
};
export type HttpOptions = {
  readonly host: string;
  /** 0: any that is free. Absent: the usual one, or the next that is free. */
  readonly port: number | undefined;
  /** Nothing can be changed over HTTP. */
  readonly readOnly: boolean;
  /** Names that it is reached by, besides that of `host`. */
  readonly allowHosts: readonly string[];
  /** Whether what a proxy says of a request is believed. */
  readonly trustProxy: boolean;
  /** Who asks from the machine itself without a token. */
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
export type OnProgress = (message: string) => void;

/** `agents`, `operators`, `observers`: names besides those of agents.yaml. */
export type NatsConfigOptions = {
  readonly projectDir: string;
  /** The folder that is written to. */
  readonly out: string;
  readonly namespace: string;
  /** One address or several, separated by commas, without users. */
  readonly server: string;
  readonly agents: readonly string[];
  readonly operators: readonly string[];
  readonly observers: readonly string[];
  /** Writes over what was written before. */
  readonly force: boolean;
};

/** The files that were written, and the users that stand in them. */
export type NatsConfig = {
  readonly conf: string;
  readonly urls: string;
  readonly users: readonly {
    readonly user: string;
    readonly role: 'engine' | 'worker' | 'operator' | 'observer';
  }[];
};

/** A connection that one command works with. */
export type CliSession = {
  readonly workflows: Workflows;
  readonly server: { readonly url: string; readonly version: string; readonly source: string };
  close(): Promise<void>;
};

/** A connection that a person looks through. */
export type Watching = {
  readonly workflows: Workflows;
  readonly board: Board;
  readonly agents: AgentsDesk;
  readonly namespace: string;
  /** The address of the dashboard for browsers; undefined where none is running. */
  url(): Promise<string | undefined>;
  close(): Promise<void>;
};

export type DoctorOptions = {
  readonly projectDir: string;
  /** Verifies the runs that have ended, too. */
  readonly all?: boolean;
  /** Says for every damaged run what can be done. */
  readonly repair?: boolean;
  /** Does what is safe of it. */
  readonly yes?: boolean;
};

export type { Advice, DoctorLine };

/** The terminal, or whatever stands in for it. */
export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  readonly stdinIsTty: boolean;
  /** The width and height of the terminal now. */
  readonly columns: number;
  readonly rows: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  stdin(): Promise<string>;
  /**
   * Calls back when the person asks to stop (Ctrl-C, a closed terminal, SIGTERM), until the returned function is
   * called.
   */
  onInterrupt(callback: () => void): () => void;
  /** Calls back when the process ends, however it ends, until the returned function is called. */
  onExit(callback: () => void): () => void;
  /** Calls back for every key that is pressed, until the returned function is called; absent without a terminal. */
  readonly keys?: (callback: (key: Key) => void) => () => void;
  /** Calls back when the terminal has another size, until the returned function is called. */
  onResize(callback: () => void): () => void;
  /** Asks a person on the terminal; absent where there is none. */
  readonly prompt?: (question: string) => Promise<string>;
}
