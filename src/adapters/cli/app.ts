import type { Clock } from '../../ports/clock.ts';
import type { ImportDefinitions } from '../../ports/definition-import.ts';
import type { Workflows } from '../../ports/workflows.ts';

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
  open(options: OpenOptions, onProgress: OnProgress): Promise<Session>;
  /** Runs an engine until the signal aborts and what it has under way is over. */
  serve(options: ServeOptions, onProgress: OnProgress): Promise<void>;
  /** Stops the NATS server that was brought up for the project. */
  down(projectDir: string): Promise<'stopped' | 'not-running'>;
  /** Looks at everything that runs need. `onProgress` is told what takes long. */
  doctor(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]>;
  /** What translates the definitions of another workflow engine. */
  importer(): Promise<ImportDefinitions>;
}

export type OpenOptions = { readonly projectDir: string; readonly engine: 'none' | 'embedded' | 'recording' };
export type ServeOptions = {
  readonly projectDir: string;
  readonly signal: AbortSignal;
  /** How long attempts under way may take to end when the engine is stopped. */
  readonly drainMs: number;
};
export type OnProgress = (message: string) => void;

/** A connection that one command works with. */
export type Session = {
  readonly workflows: Workflows;
  readonly server: { readonly url: string; readonly version: string; readonly source: string };
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

/** Something that a person can do, with the command if there is one. */
export type Advice = { readonly what: string; readonly command?: string };

export type DoctorLine = {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix?: string;
  /** What can be done about it, where there is more than one thing. */
  readonly advice?: readonly Advice[];
};

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
  /** Asks a person on the terminal; absent where there is none. */
  readonly prompt?: (question: string) => Promise<string>;
}
