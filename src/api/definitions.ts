import { z } from 'zod';
import { JsonObject } from '../../events/canonical-json.ts';
import { DraftNotice } from './commands.ts';
import { pageSchema } from './page.ts';
import { FormField } from './people.ts';
import { TextProblem } from './problem.ts';
import { Graph, TasksOrStates } from './run-parts.ts';
import { Readable } from './vocabulary.ts';

const time = z.string();

/** One definition: the version that is started when none is named. */
export const DefinitionRow = z.object({
  id: z.string(),
  version: z.int(),
  name: z.string().optional(),
  description: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  /** In a file of the project, registered with the server, or of the library that comes with the program. */
  source: z.enum(['project', 'registered', 'library']),
  /** Its path in the project, where it has one. */
  file: z.string().optional(),
  hash: z.string(),
  versions: z.array(z.int()),
  tasks: z.int(),
  agents: z.array(z.string()),
  triggers: z.array(z.string()),
  runs: z.object({ running: z.int(), ended: z.int(), completed: z.int() }),
  /** How its last 20 runs are, the latest last: shown statuses. */
  recent: z.array(z.object({ run: z.string(), shown: z.string() })),
  /** Why the file cannot be used; then little else is known. */
  problems: z.int(),
});
export type DefinitionRow = z.output<typeof DefinitionRow>;

export const DefinitionList = pageSchema(DefinitionRow);
export type DefinitionList = z.output<typeof DefinitionList>;

/** Which definition is meant, and which version or file of it where it is not the one that is started. */
export const DefinitionNamed = z.object({ id: z.string() });
const countText = z.coerce.number<string | number>().int().nonnegative();
const file = z.string().max(300).optional();
export const DefinitionVersion = DefinitionNamed.extend({ version: countText.optional(), file });
export type DefinitionVersion = z.input<typeof DefinitionVersion>;

export const DefinitionDrawn = DefinitionVersion.extend({ view: TasksOrStates.optional() });
export type DefinitionDrawn = z.input<typeof DefinitionDrawn>;
export const DefinitionDiffRequest = DefinitionNamed.extend({
  from: countText,
  to: countText.optional(),
  file,
});
export type DefinitionDiffRequest = z.input<typeof DefinitionDiffRequest>;

export const DefinitionPage = DefinitionRow.extend({
  text: z.string(),
  fields: z.array(FormField),
  graph: Graph,
  /** The versions, the highest first. */
  history: z.array(
    z.object({
      version: z.int(),
      hash: z.string(),
      file: z.string(),
      /** Else it stands in a file of the project only. */
      isRegistered: z.boolean(),
      /** By whom it was published; absent where it was registered by the start of a run. */
      published: z.object({ by: z.string(), at: time, reason: z.string().optional() }).optional(),
      running: z.int(),
      ended: z.int(),
      completed: z.int(),
    }),
  ),
  /** There where a file of the project says something else than what the id starts. */
  draft: DraftNotice.optional(),
  /** Its files in the project. `isRegistered`: what stands in it is what is registered. */
  files: z.array(
    z.object({
      file: z.string(),
      version: z.int(),
      hash: z.string(),
      problems: z.int(),
      isRegistered: z.boolean(),
    }),
  ),
  /** Values that were given to the last runs: to start from. Secrets are left out. */
  recentInputs: z.array(z.object({ run: z.string(), at: time, input: JsonObject })),
});
export type DefinitionPage = z.output<typeof DefinitionPage>;

/** The text of a definition; `file` is what it is called in messages, and where a draft is written to. */
export const DefinitionText = z.strictObject({
  text: z.string().max(512 * 1024),
  file: z.string().max(300).default('draft.yaml'),
});
export type DefinitionText = z.input<typeof DefinitionText>;

export const CheckReport = z.object({
  ok: z.boolean(),
  definition: z.object({ id: z.string(), version: z.int(), hash: z.string() }).optional(),
  problems: z.array(TextProblem),
  /** Absent where the text is no definition. */
  graph: Graph.optional(),
  /** What its expressions can read by name; absent where the text is no definition. */
  readable: Readable.optional(),
});
export type CheckReport = z.output<typeof CheckReport>;

export const TestReport = z.object({
  ok: z.boolean(),
  covered: z.int(),
  transitions: z.int(),
  unreachable: z.int(),
  scenarios: z.array(
    z.object({ name: z.string(), ok: z.boolean(), status: z.string(), message: z.string().optional() }),
  ),
  uncovered: z.array(z.object({ transition: z.string(), reason: z.string() })),
  /** The cases of the `*.test.yaml` files beside the definition, as they were written; `problems` in words. */
  cases: z.array(
    z.object({
      file: z.string(),
      line: z.int(),
      name: z.string(),
      ok: z.boolean(),
      problems: z.array(z.string()),
    }),
  ),
  ms: z.number(),
});
export type TestReport = z.output<typeof TestReport>;

/** What exploring every way through a definition showed, as of `workflow check --deep --json`. */
export const DeepCheckReport = z.object({
  scenes: z.int(),
  /** Whether all of them were explored; else `bound` says what ended it. */
  isWhole: z.boolean(),
  bound: z.string().optional(),
  /** Values that were not tried, in words. */
  omitted: z.array(z.string()),
  /** What may fail for all that is known, in words. */
  unproven: z.array(z.string()),
  /** Whether nothing was left out: then what is not found does not happen. */
  isComplete: z.boolean(),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.string(),
      message: z.string(),
      tasks: z.array(z.string()),
      file: z.string(),
      line: z.int(),
      column: z.int(),
      /** The way there, as far as one was found, and how the run ends. */
      moves: z.array(JsonObject).optional(),
      end: JsonObject.optional(),
    }),
  ),
});
export type DeepCheckReport = z.output<typeof DeepCheckReport>;

export const PublishRequest = DefinitionText.extend({
  /** How many of the latest runs it is compared with. */
  runsMax: z.int().min(0).max(1_000).default(20),
  acceptDifferences: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  /** Why it is published: kept with the version. */
  reason: z.string().max(2_000).optional(),
});
export type PublishRequest = z.input<typeof PublishRequest>;

/** An old version is published again, under the next number. */
export const RollbackRequest = PublishRequest.omit({ text: true, file: true }).extend({
  version: z.int().positive(),
});
export type RollbackRequest = z.input<typeof RollbackRequest>;

export const PublishReport = z.object({
  outcome: z.enum(['registered', 'known', 'different', 'dry-run']),
  definition: z.object({ id: z.string(), version: z.int(), hash: z.string() }),
  against: z.object({ id: z.string(), version: z.int() }).optional(),
  /** Runs of earlier versions that are under way: they go on by theirs. */
  running: z.int(),
  /** The same by version, the highest first. */
  runningBy: z.array(z.object({ version: z.int(), runs: z.int() })),
  /** What differs for whoever starts it or reads what it gives. `breaks`: what fitted before may be refused now. */
  changes: z.array(
    z.object({
      kind: z.enum(['added', 'removed', 'changed']),
      place: z.enum(['input', 'output', 'task', 'trigger']),
      name: z.string(),
      note: z.string(),
      breaks: z.boolean(),
    }),
  ),
  reports: z.array(
    z.object({
      run: z.string(),
      status: z.string(),
      outcome: z.enum(['same', 'different', 'untold']),
      /** The event from which it would have gone another way, and how, in words. */
      at: z.int().optional(),
      text: z.array(z.string()),
    }),
  ),
});
export type PublishReport = z.output<typeof PublishReport>;

export const DiffLine = z.object({ kind: z.enum(['same', 'added', 'removed']), text: z.string() });
export type DiffLine = z.output<typeof DiffLine>;
export const DefinitionDiff = z.object({ lines: z.array(DiffLine) });
export type DefinitionDiff = z.output<typeof DefinitionDiff>;

export const SaveRequest = z.strictObject({
  text: z.string().max(512 * 1024),
  /** Its path below `definitions/` of the project, such as `orders.yaml`. */
  file: z.string().min(1).max(300),
  replace: z.boolean().default(false),
});
export type SaveRequest = z.input<typeof SaveRequest>;

export const SavedDefinition = z.object({
  /** Its path in the project. */
  file: z.string(),
});
export type SavedDefinition = z.output<typeof SavedDefinition>;

export const WhatIfRequest = DefinitionText.extend({ run: z.string().min(1).max(200) });
export type WhatIfRequest = z.input<typeof WhatIfRequest>;

/** A definition that programs call as a tool: it says `expose: {mcp: true}`. */
export const DefinitionTool = z.object({
  /** The id of the definition. */
  name: z.string(),
  version: z.int(),
  title: z.string().optional(),
  description: z.string(),
  /** JSON Schema of what a run is started with. */
  input: JsonObject,
  /** JSON Schema of what a run gives. */
  output: JsonObject,
  /** What its tasks may do. */
  mayDo: z.object({
    /** Something outside of the run may be another way afterwards. */
    changes: z.boolean(),
    /** It reaches other machines, agents or people. */
    reachesOut: z.boolean(),
    /** A person is asked on the way. */
    asksPeople: z.boolean(),
  }),
});
export type DefinitionTool = z.output<typeof DefinitionTool>;

export const DefinitionTools = z.object({ items: z.array(DefinitionTool) });
export type DefinitionTools = z.output<typeof DefinitionTools>;

/** A definition of the library. Its runs are not counted: they are those of the project that took it over. */
export const DefinitionTemplate = DefinitionRow.extend({
  text: z.string(),
  fields: z.array(FormField),
  /** What has to be there before a run of it can get far; `agents` stands above. */
  needs: z.object({
    skills: z.array(z.string()),
    secrets: z.array(z.string()),
    /** Programs that its commands begin with. */
    programs: z.array(z.string()),
    /** Other definitions that it starts. */
    workflows: z.array(z.string()),
  }),
  /** How many cases are written beside it. */
  tests: z.int(),
});
export type DefinitionTemplate = z.output<typeof DefinitionTemplate>;

export const TemplateList = z.object({ templates: z.array(DefinitionTemplate) });
export type TemplateList = z.output<typeof TemplateList>;

/** The beginning of a hash is enough where it names one bundle alone. */
const bundle = z
  .string()
  .regex(/^[0-9a-f]{6,64}$/, { error: 'expected the hash of a bundle, or its beginning' });
const reason = z.string().max(2_000).optional();

export const BundleQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
});
export type BundleQuery = z.input<typeof BundleQuery>;

const Publication = z.object({
  hash: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  /** Whether it is what counts now. */
  isCurrent: z.boolean(),
  definitions: z.int(),
  files: z.int(),
  /** Definitions of bundles before it that it does not hold: they start nothing by themselves. */
  without: z.array(z.string()),
});

/** Each time that a bundle became the current one, the latest first. */
export const BundleList = z.object({ items: z.array(Publication), total: z.int() });
export type BundleList = z.output<typeof BundleList>;

const Change = z.object({
  what: z.enum(['definition', 'file']),
  name: z.string(),
  /** In words, such as `v1 to v2`, `added` or `removed`. */
  change: z.string(),
});

export const BundleDiffRequest = z.strictObject({ from: bundle, to: bundle.optional() });
export type BundleDiffRequest = z.input<typeof BundleDiffRequest>;

/** What differs between two bundles. */
export const BundleDiff = z.object({ from: z.string(), to: z.string(), items: z.array(Change) });
export type BundleDiff = z.output<typeof BundleDiff>;

export const BundleRequest = z.strictObject({
  runsMax: z.coerce.number().int().min(0).max(1_000).default(20),
  acceptDifferences: z.boolean().default(false),
  acceptFiles: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  reason,
});
export type BundleRequest = z.input<typeof BundleRequest>;

export const BundleChoice = z.strictObject({ hash: bundle, reason });
export type BundleChoice = z.input<typeof BundleChoice>;

export const BundleReport = z.object({
  outcome: z.enum(['published', 'known', 'different', 'dry-run']),
  hash: z.string(),
  /** The one that was current before. */
  before: z.string().optional(),
  definitions: z.array(
    z.object({
      id: z.string(),
      version: z.int(),
      outcome: z.enum(['registered', 'known', 'different', 'dry-run']),
      /** How many of the latest runs would have gone another way. */
      different: z.int(),
    }),
  ),
  /** What works with files of the folder that it is carried out in. */
  needsFiles: z.array(z.object({ definition: z.string(), what: z.string() })),
  without: z.array(z.string()),
  items: z.array(Change),
});
export type BundleReport = z.output<typeof BundleReport>;
