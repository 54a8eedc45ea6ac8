import type { EmergencyRequest } from '../../../api/commands.ts';

export type EmergencyAction = EmergencyRequest['action'];

/** What is to be stopped. `value` is a run, a definition, or terms. */
export type EmergencyChoice = {
  readonly kind: 'everything' | 'definition' | 'run' | 'filter';
  readonly value: string;
};

/** What each action is called, and what it means, from the mildest to the hardest. */
export const actions: readonly {
  readonly action: EmergencyAction;
  readonly name: string;
  readonly meaning: string;
}[] = [
  {
    action: 'stop-starts',
    name: 'Stop new starts',
    meaning: 'Triggers and schedules start nothing any more. Runs that are under way go on.',
  },
  {
    action: 'pause',
    name: 'Pause',
    meaning: 'Runs begin no further task until they are resumed. It can be taken back.',
  },
  {
    action: 'cancel',
    name: 'Cancel, and undo',
    meaning:
      'Runs end in order: what they did is undone where the definition says how. It cannot be taken back.',
  },
  {
    action: 'terminate',
    name: 'Terminate',
    meaning: 'Runs end at once and nothing is undone. It cannot be taken back.',
  },
];

/** The terms that name the runs of a scope; undefined while it is not said what. */
export function whereOf({ kind, value }: EmergencyChoice): string | undefined {
  const said = value.trim();
  if (kind === 'everything') return '*';
  if (said === '') return undefined;
  if (kind === 'filter') return said;

  return `${kind}=${said}`;
}

/** What has to be typed before it is carried out: the definition where there is one, else how many runs there are. */
export function confirmationOf(scope: EmergencyChoice, count: number): string {
  return scope.kind === 'definition' ? scope.value.trim() : String(count);
}

/** What was done, as a text to keep. */
export function recordText(options: {
  readonly action: EmergencyAction;
  readonly where: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly effect: readonly string[];
  readonly triggers: readonly string[];
  readonly items: readonly {
    readonly run: string;
    readonly ok: boolean;
    readonly refusal?: { readonly message: string } | undefined;
  }[];
}): string {
  const { action, where, reason, by, at, effect, triggers, items } = options;

  return [
    `emergency stop: ${action}`,
    `at ${at}, by ${by}`,
    `scope: ${where}`,
    `reason: ${reason}`,
    '',
    ...effect,
    ...(triggers.length === 0 ? [] : ['', 'triggers paused:', ...triggers.map((trigger) => `  ${trigger}`)]),
    ...(items.length === 0
      ? []
      : ['', 'runs:', ...items.map((item) => `  ${item.run}  ${outcomeText(item)}`)]),
    '',
  ].join('\n');
}

function outcomeText({
  ok,
  refusal,
}: {
  readonly ok: boolean;
  readonly refusal?: { readonly message: string } | undefined;
}) {
  return ok ? 'done' : `refused: ${refusal?.message ?? 'no reason was given'}`;
}
