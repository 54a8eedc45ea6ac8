import { z } from 'zod';
import { RunLine } from './run.ts';

const time = z.string();

/** Who asks, and what this server is. */
export const SignedInSession = z.object({
  /** Whose name stands in the journal for what is asked here. */
  actor: z.string(),
  level: z.string().optional(),
  domain: z.string().optional(),
  /** Nothing can be changed here. */
  readOnly: z.boolean(),
  /** Whether a token is needed from where the request came. */
  needsToken: z.boolean(),
  isSignedIn: z.boolean(),
  version: z.string(),
  namespace: z.string(),
  project: z.string(),
  /** `WORKFLOW_BAND`: named on every page, such as `production`. */
  band: z.string().optional(),
  /** Who signs people in besides tokens, as the button names it. */
  provider: z.string().optional(),
  /** After signing out: the address that signs out at the provider, too. */
  endUrl: z.string().optional(),
  /** Of this machine, for browsers whose clock is wrong. */
  now: time,
});
export type SignedInSession = z.output<typeof SignedInSession>;

/** A device that asks to be let in, and where somebody lets it in. `device` is the device's own: it is told nobody. */
export const DeviceSignIn = z.object({
  device: z.string(),
  userCode: z.string(),
  verificationUri: z.string(),
  /** The same with the code in it. */
  verificationUriComplete: z.string().optional(),
  /** How often the device may ask what became of it. */
  intervalMs: z.int(),
  expiresInMs: z.int(),
});
export type DeviceSignIn = z.output<typeof DeviceSignIn>;

/** What became of a device: nobody has decided yet, or its token. */
export const DeviceAnswer = z.object({
  status: z.enum(['pending', 'signed-in']),
  token: z.string().optional(),
  actor: z.string().optional(),
  level: z.string().optional(),
  domain: z.string().optional(),
});
export type DeviceAnswer = z.output<typeof DeviceAnswer>;

/** What is to be done about runs of a definition that wait for the same: the one that has waited longest, how many. */
export const NeedLine = RunLine.extend({ alike: z.int() });

/** What anybody needs to know first. */
export const Home = z.object({
  position: z.int(),
  needsYou: z.object({
    approvals: z.int(),
    /** Since when the longest has waited. */
    oldestApprovalSince: time.optional(),
    lateApprovals: z.int(),
    pausedRuns: z.int(),
    deadLetters: z.int(),
    quarantined: z.int(),
    /** Runs that somebody here has to do something about: a person, an agent that is not there, no engine. */
    runs: z.int(),
    /** What to do about them, what a person should do first before the rest. */
    next: z.array(NeedLine),
  }),
  failing: z.array(
    z.object({
      definition: z.string(),
      failed: z.int(),
      of: z.int(),
      error: z.string(),
      key: z.string(),
    }),
  ),
  running: z.object({
    count: z.int(),
    /** How many of these do not move, by what they wait for: `WAITS_FOR_AGENT`, `WAITS_FOR_TIME`, ... */
    waits: z.record(z.string(), z.int()),
    byDefinition: z.record(z.string(), z.int()),
    latest: z.array(RunLine),
  }),
  /** What waits for agents; `workers` 0: nobody would begin it. */
  queues: z.array(
    z.object({
      agent: z.string(),
      waiting: z.int(),
      taken: z.int(),
      workers: z.int(),
      blockedRuns: z.int(),
    }),
  ),
  nextFires: z.array(z.object({ definition: z.string(), trigger: z.string(), at: time })),
  /** Events appended in each of the last 60 seconds, the latest last. */
  eventRate: z.array(z.int()),
});
export type Home = z.output<typeof Home>;

/** What was looked at, and what is wrong with it. */
export const DoctorReport = z.object({
  lines: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      detail: z.string(),
      code: z.string().optional(),
      fix: z.string().optional(),
      advice: z.array(z.object({ what: z.string(), command: z.string().optional() })).optional(),
    }),
  ),
});
export type DoctorReport = z.output<typeof DoctorReport>;
