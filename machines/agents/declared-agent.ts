import type { Json } from '../../events/canonical-json.ts';
import type { InputProperty } from '../definition.ts';
import type { RunCommand } from '../task.ts';

export const reservedNamesText = '"engine", "anyone" and "worker:..." are taken';

/** How the work of an agent reaches it. */
export type AgentTransport =
  | { readonly kind: 'nats' }
  /** Files in two folders of the project. */
  | { readonly kind: 'files'; readonly inbox: string; readonly outbox: string }
  /** A command that the engine itself runs, as the `run` of a task does. */
  | { readonly kind: 'command'; readonly run: RunCommand };

/** An agent as agents.yaml declares it. */
export type DeclaredAgent = {
  readonly name: string;
  readonly description?: string;
  readonly department?: string;
  readonly level: Level;
  /** Absent: those of its workers. */
  readonly skills?: readonly string[];
  /** How many attempts it may have at a time; absent: as many as its workers have room for. */
  readonly capacity?: number;
  readonly transport: AgentTransport;
  /** Starts the program that is its worker, in the folder of the project. */
  readonly command?: readonly string[];
};

/** The authority of whoever acts: L0 stands above all others. */
export type Level = 'L0' | 'L1' | 'L2' | 'L3';

/** Whether one level is enough where another is asked for; where none is, all are. */
export function isEnough(level: Level, least: Level | undefined): boolean {
  return least === undefined || level <= least;
}

/** Whether commands by this name mean something of ours, so that no principal can be called so. */
export function isReservedName(name: string): boolean {
  return name === 'engine' || name === 'anyone' || name.startsWith('worker:');
}

/** What is given by whoever has a skill. `written`: its `returns` as they were written. */
export type DeclaredSkill = {
  readonly name: string;
  readonly returns: InputProperty;
  readonly written: Json;
};
