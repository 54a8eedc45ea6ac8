import { z } from 'zod';
import { JsonObject } from '../../events/canonical-json.ts';
import { pageQuery, pageSchema } from './page.ts';

const time = z.string();

/** One definition of a workset, and how the run that carries it out is. */
export const WorksetItem = z.object({
  id: z.string(),
  name: z.string().optional(),
  /** `id` or `id@version`; absent for the tasks of a run that is no workset. */
  workflow: z.string().optional(),
  dependsOn: z.array(z.string()),
  onFailure: z.enum(['stop', 'continue']),
  /** As of a task; one whose run needs an approval or is paused has the status of that run. */
  status: z.string(),
  attempts: z.int(),
  run: z.string().optional(),
  /** Of the tasks of its run. */
  progress: z.object({ settled: z.int(), tasks: z.int() }).optional(),
  startedAt: time.optional(),
  endedAt: time.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type WorksetItem = z.output<typeof WorksetItem>;

/** How many items ended how, and how much of the whole that is. */
const WorksetProgress = z.object({
  items: z.int(),
  settled: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** 0 to 100. */
  percent: z.int(),
});

const WorksetGlance = z.object({
  id: z.string(),
  goal: z.string().optional(),
  owner: z.string().optional(),
  version: z.int(),
  /** False for another run, which is shown as if its tasks were items. */
  isWorkset: z.boolean(),
  /** The latest run, or the one that was asked for; absent where it was never started. */
  run: z.string().optional(),
  /**
   * As of a run, and two more: NOT_STARTED, and PARTIAL for one that completed although items failed or were skipped.
   */
  status: z.string(),
  progress: WorksetProgress,
  startedAt: time.optional(),
  updatedAt: time.optional(),
  endedAt: time.optional(),
});

/** A workset as one: its items in their order, what failed and what is asked of people. */
export const WorksetReport = WorksetGlance.extend({
  items: z.array(WorksetItem),
  approvals: z.array(z.object({ item: z.string(), run: z.string(), task: z.string(), since: time })),
});
export type WorksetReport = z.output<typeof WorksetReport>;

export const WorksetQuery = pageQuery(100);
export type WorksetQuery = z.input<typeof WorksetQuery>;
export const WorksetList = pageSchema(WorksetGlance);
export type WorksetList = z.output<typeof WorksetList>;

/** The id of a workset, which means its latest run, or a run: its id, its beginning, or `@last`. */
export const WorksetNamed = z.object({ name: z.string().min(1).max(300) });
export type WorksetNamed = z.output<typeof WorksetNamed>;

export const WorksetStart = WorksetNamed.extend({
  input: JsonObject.default({}),
  /** Takes the file of the project, also where another version is registered. */
  draft: z.coerce.boolean().default(false),
});
export type WorksetStart = z.input<typeof WorksetStart>;

export const WorksetPause = WorksetNamed.extend({ reason: z.string().max(2_000).optional() });
export type WorksetPause = z.output<typeof WorksetPause>;

/** A workset in the form that a 3OX station keeps of one: Sirius times, and the progress as `60%`. */
export const StationReport = z.object({ workset: JsonObject });
export type StationReport = z.output<typeof StationReport>;
