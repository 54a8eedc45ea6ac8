import type { Cel } from './cel/tree.ts';
import type { ConversionNotes, Say } from './report.ts';
import type { JsonMap } from './source/parse-json.ts';
import type { ConductorTask } from './source/task.ts';

/** What the conversion of one definition works with. */
export type Context = {
  readonly workflow: JsonMap;
  readonly name: string;
  readonly version: number;
  readonly pointer: string;
  readonly report: ConversionNotes;
  readonly tasks: ReadonlyMap<string, ConductorTask>;
  /** The ids of ours, by reference name. */
  readonly ids: ReadonlyMap<string, string>;
  /** For tasks that Conductor does not have, such as the delay before one. */
  readonly claimId: (name: string) => string;
  /** How expressions read an input or a variable; reading one declares it. */
  readonly input: (name: string) => Cel;
  readonly variable: (name: string) => Cel;
  /** References that are only read where they may be missing: the checker knows no way to them. */
  readonly hidden: ReadonlySet<string>;
  /** What the checker has against the expressions of a task, by reference name: their scripts stay scripts. */
  readonly refused: ReadonlyMap<string, string>;
  readonly taskDefinitions: ReadonlyMap<string, JsonMap>;
  /** The dynamic fork a JOIN belongs to, by the reference name of the JOIN. */
  readonly dynamicJoins: ReadonlyMap<string, ConductorTask>;
  /** Takes a definition that stands inside this one, and answers with its id and version. */
  readonly addDefinition: (
    raw: JsonMap,
    pointer: string,
  ) => { readonly id: string; readonly version: number };
  /** The id of a definition, by its name in Conductor. */
  readonly workflowId: (name: string) => string;
  /** Task definitions that are named and not given. */
  readonly missingDefinitions: Set<string>;
};

/** What the expressions at one place can see. Grows while a list of tasks is walked. */
export type ExpressionScope = {
  readonly context: Context;
  /** Tasks that may have run by then, and those of them that must have. */
  readonly visible: Set<string>;
  readonly certain: Set<string>;
  /** Tasks of the same list, and those inside the tasks of it: what a JOIN can wait for. */
  readonly reach: Set<string>;
  /** The loops around the place, the innermost first. */
  readonly loops: readonly string[];
  readonly list: 'workflow' | 'branch' | 'loop' | 'items';
};

/** Where an expression stands, and who speaks about it. */
export type SourcePlace = {
  readonly scope: ExpressionScope;
  readonly task?: ConductorTask;
  readonly pointer: string;
  readonly say: Readonly<Record<'info' | 'warning' | 'loss', Say>>;
};

/** The same place seen from inside: what is added there stays there. */
export function innerScope(
  scope: ExpressionScope,
  change: Partial<Pick<ExpressionScope, 'loops' | 'list'>> = {},
): ExpressionScope {
  return {
    ...scope,
    ...change,
    visible: new Set(scope.visible),
    certain: new Set(scope.certain),
    // The cases of a decision stand in the list of the decision; branches and bodies are lists of their own.
    reach: change.list === undefined ? scope.reach : new Set(),
  };
}

/** After a FORK or a loop everything inside it has been. */
export function takeOver(scope: ExpressionScope, inner: ExpressionScope): void {
  for (const ref of inner.visible) scope.visible.add(ref);
  for (const ref of inner.certain) scope.certain.add(ref);
  for (const ref of inner.reach) scope.reach.add(ref);
}
