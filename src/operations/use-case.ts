import type { z } from 'zod';
import type { KnownWorld } from '../../machines/language/world/world.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { InputOf, OutputOf } from '../api/operations/operation.ts';
import type { TextProblem } from '../api/problem.ts';
import type { Absences } from '../ports/access/absences.ts';
import type { Authority, Caller } from '../ports/access/authority.ts';
import type { Erasures } from '../ports/access/erasures.ts';
import type { Clock } from '../ports/clock.ts';
import type { BundleStore } from '../ports/definitions/bundle-store.ts';
import type { ImportDefinitions } from '../ports/definitions/definition-import.ts';
import type { DefinitionTests } from '../ports/definitions/definition-tests.ts';
import type { Gallery } from '../ports/definitions/gallery.ts';
import type { ProjectBundle } from '../ports/definitions/project-bundle.ts';
import type { ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import type { DoctorLine } from '../ports/doctor.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { Goals } from '../ports/goals.ts';
import type { Layout } from '../ports/layout.ts';
import type { RunRetention } from '../ports/retention.ts';
import type { Board } from '../ports/runs/board.ts';
import type { FailureTriage } from '../ports/runs/failure-triage.ts';
import type { RunRows } from '../ports/runs/run-rows.ts';
import type { RunSql } from '../ports/runs/run-sql.ts';
import type { Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import type { RunBook } from '../projections/run/run-book.ts';

/** What operations are carried out on. */
export type OperationPorts = {
  readonly workflows: Workflows;
  readonly board: Board;
  /** Questions in SQL about all runs, of every domain. */
  readonly sql: RunSql;
  /** The events of runs as rows. */
  readonly rows: RunRows<RunBook>;
  readonly agents: AgentsDesk;
  readonly triggers: TriggersDesk;
  readonly layout: Layout;
  readonly definitionFiles: ProjectDefinitions;
  /** Bundles of the namespace, and what this project has for one. */
  readonly bundles: {
    readonly store: BundleStore;
    readonly project: ProjectBundle;
    /** Why none may be published now; undefined where one may. */
    readonly refusal: () => Promise<Refusal | undefined>;
    /** Who may publish them, where no engine looks after that. */
    readonly authority?: Authority | undefined;
  };
  /** The galleries of the project. */
  readonly gallery: Gallery;
  /** What the files of the project and this machine say of the world of its definitions. */
  readonly world: () => Promise<KnownWorld>;
  /** Plays definitions through, aside of this thread. */
  readonly tests: DefinitionTests;
  /** What people said of failures. */
  readonly triage: FailureTriage;
  /** Who is away, and who answers approvals for them. */
  readonly absences: Absences;
  readonly goals: Goals;
  readonly erasures: Erasures;
  readonly retention: RunRetention;
  /** Who may do what goes past the engine, such as writing files; absent: whoever may ask. */
  readonly authority?: Authority | undefined;
  readonly importer: () => Promise<ImportDefinitions>;
  /** Looks at everything that runs need. */
  readonly doctor: () => Promise<readonly DoctorLine[]>;
  readonly clock: Clock;
  readonly project: { readonly dir: string; readonly namespace: string; readonly version: string };
  /** Nothing can be changed. */
  readonly readOnly: boolean;
};

/** Whoever asks, and what says that they do not listen for the answer any more. */
export type WaitingCaller = Caller & { readonly gone?: AbortSignal | undefined };

/** How an operation is carried out. What is answered has to fit `output`; the input has been read by `input`. */
export type UseCase<Input = unknown, Output = unknown> = {
  /** Takes JSON, or texts where a member comes from an address or a command line. */
  readonly input: z.ZodObject & z.ZodType<unknown, Input>;
  readonly output: z.ZodType<Output>;
  /** Rejects with RequestRefused, and with what the ports reject with. */
  carryOut(ports: OperationPorts, input: unknown, caller: WaitingCaller): Promise<unknown>;
};

/** The use cases of a noun, one for each operation that is declared. */
export type UseCasesOf<Declared> = {
  readonly [Name in keyof Declared]: UseCase<InputOf<Declared[Name]>, OutputOf<Declared[Name]>>;
};

/** A use case whose input and answer are held against its schemas by the compiler. */
export function useCase<Input extends z.ZodObject, Output extends z.ZodType>(
  input: Input,
  output: Output,
  carryOut: (
    ports: OperationPorts,
    input: z.output<Input>,
    caller: WaitingCaller,
  ) => Promise<z.input<Output>> | z.input<Output>,
) {
  return {
    input,
    output,
    // Answers have no defaults that a reader would fill in.
    carryOut: async (
      ports: OperationPorts,
      given: unknown,
      caller: WaitingCaller,
    ): Promise<z.output<Output>> =>
      (await carryOut(ports, given as z.output<Input>, caller)) as z.output<Output>,
  };
}

/** What was asked is refused, with a code and a message for the caller. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: string;
  readonly fix: string | undefined;
  /** What is wrong with single fields of what was sent; `path` names the field. */
  readonly problems: readonly TextProblem[] | undefined;

  constructor(
    { code, message, problems }: Refusal & { readonly problems?: readonly TextProblem[] },
    fix?: string,
  ) {
    super(message);
    this.code = code;
    this.fix = fix;
    this.problems = problems;
  }
}
