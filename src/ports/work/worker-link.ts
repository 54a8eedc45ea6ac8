import type {
  Granted,
  Hello,
  Report,
  ReportAnswer,
  StopNotice,
  WorkItem,
} from '../../../events/worker-protocol.ts';

/** An item that this worker has, from its agent's queue or an engine. Nobody else gets it while it is kept alive. */
export type ClaimedItem = {
  readonly item: WorkItem;
  /** An engine has begun it in the name of the worker, which asks nobody any more. */
  readonly granted?: Granted;
  /** Tells the queue that it is still worked on; to be said more often than every `aliveMs` of the link. */
  readonly alive: () => void;
  /** The engine has its result, or has no use for it: takes it out of the queue for good. */
  readonly done: () => Promise<void>;
  /** Puts it back for any worker of the agent, after a while. */
  readonly giveBack: (delayMs: number) => Promise<void>;
};

/** Told whether somebody has a report now and only has not answered yet. */
export type OnHeard = (isHeard: boolean) => void;

/** Brings attempts to a worker and its reports to the engine: the worker's side of a transport of the protocol. */
export interface WorkerLink {
  /**
   * The next item for the agent, undefined when none came in time or the signal aborted. Survives reconnects. With the
   * name of the worker also one that an engine hands to it: then its reports say so (`handed`).
   */
  claim(
    agent: string,
    options: { readonly waitMs: number; readonly signal: AbortSignal; readonly worker?: string },
  ): Promise<ClaimedItem | undefined>;
  /** From now on the hellos of the worker say that engines may hand items to it. */
  takesHanded(agent: string, worker: string): void;
  /**
   * Tells the engine that owns the run. While nobody answers it is told again, until the signal aborts: then rejects
   * with the reason of the signal.
   */
  report(item: WorkItem, report: Report, signal: AbortSignal, onHeard?: OnHeard): Promise<ReportAnswer>;
  /** Says that the worker is there; the engine makes sure that its agent has a queue. Not stored, never rejects. */
  hello(hello: Hello): void;
  /** Calls back when somebody asks who is there, until the returned function is called. */
  onRollCall(listener: () => void): () => void;
  /** Calls back when an attempt of the agent is over before its worker is done, until what it returns is called. */
  onStop(agent: string, listener: (notice: StopNotice) => void): () => void;
  /** How long the queue waits for a sign of life before it gives an item to another worker, in ms. */
  readonly aliveMs: number;
  /** How long a report may be that is carried, as JSON text in UTF-8. */
  readonly reportBytesMax: number;
  close(): Promise<void>;
}

/** As much of an item as says where reports about it go. */
export type Addressed = Pick<WorkItem, 'agent' | 'run' | 'reportTo'>;
/** An item and the handle by which another process may keep its claim alive, and end it. */
export type PassableItem = ClaimedItem & { readonly handle: string };

/** The link of a process that works for others, of which each may come back to another process: those over HTTP. */
export interface PassableLink extends Omit<WorkerLink, 'claim' | 'report' | 'takesHanded'> {
  claim(
    agent: string,
    options: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<PassableItem | undefined>;
  report(item: Addressed, report: Report, signal: AbortSignal, onHeard?: OnHeard): Promise<ReportAnswer>;
  /** The claim with this handle. It is not known whether it still counts: what is said of one that does not is lost. */
  held(handle: string): Omit<ClaimedItem, 'item'>;
}
