import type { Principal } from '../../../machines/agents/authority.ts';
import { whoAnswered } from '../../../machines/chart/tasks/approval-state.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';
import { messageOf, valueText } from '../../lib/text.ts';
import type { Absences } from '../../ports/access/absences.ts';
import type { AnswerLinks } from '../../ports/access/answer-links.ts';
import type { Alert } from '../../ports/events/alert-delivery.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import type { AlertClaim, AlertMarks } from './alert-marks.ts';
import { type SayDeps, sayAlert } from './say-alert.ts';

export type ApprovalMailsDeps = SayDeps & {
  readonly board: Pick<Board, 'live' | 'ready'>;
  readonly workflows: Pick<Workflows, 'approvals' | 'waitingApprovals'>;
  readonly marks: AlertMarks;
  readonly links: Pick<AnswerLinks, 'make'>;
  readonly absences: Pick<Absences, 'all'>;
  /** Whether there is a server that takes mail now. */
  readonly canSend: () => boolean;
  readonly people: () => readonly Principal[];
  /** Where people reach the dashboard, as far as that is known. */
  readonly address: () => string | undefined;
};

/** What one person is asked, once: when it begins, with each reminder and with each stage. */
type Request = {
  readonly key: string;
  readonly by: string;
  readonly to: string;
  readonly asked: AskedApproval;
};

const lookEveryMs = 2_000;
const sweepEveryMs = 60 * 60_000;
/** So many are being sent at a time; the rest follows. */
const sendingMax = 10;
/** Of a text that people wrote into a mail. */
const shownMax = 500;

/**
 * Sends everybody who has an address a mail of each approval that asks them, whichever engine is first. What could not
 * be sent is tried again every few minutes for as long as it is asked.
 */
export function runApprovalMails(deps: ApprovalMailsDeps): { readonly close: () => Promise<void> } {
  const { clock, board, marks, onTrouble } = deps;
  const requestsNow = createRequests(deps);
  const send = createSending(deps);
  let nextSweepMs = clock.steady() + sweepEveryMs;
  let cancel = (): void => undefined;
  let trouble = '';
  let closed = false;

  async function look(): Promise<void> {
    try {
      await board.ready;
      const requests = await requestsNow();
      await send(requests);
      if (requests.length > 0 && clock.steady() >= nextSweepMs) {
        nextSweepMs = clock.steady() + sweepEveryMs;
        await marks.sweep(requests.map(({ key }) => key));
      }
      trouble = '';
    } catch (error) {
      const message = `mails of approvals could not be looked at, it is tried again: ${messageOf(error)}`;
      if (message !== trouble) onTrouble(message);
      trouble = message;
    }
    if (!closed) cancel = clock.after(lookEveryMs, again);
  }
  let looking = look();
  function again(): void {
    looking = look();
  }

  return {
    close: async () => {
      closed = true;
      cancel();
      await looking;
    },
  };
}

/** Everything that anybody with an address is asked now. A run is read again only when something happened in it. */
function createRequests(deps: ApprovalMailsDeps): () => Promise<readonly Request[]> {
  const { board, workflows, canSend, people } = deps;
  type Known = {
    readonly sequence: number | undefined;
    readonly who: string;
    readonly found: readonly Request[];
  };
  let known: ReadonlyMap<string, Known> = new Map();

  return async () => {
    const reached = people().filter(({ mail }) => mail !== undefined);
    if (reached.length === 0 || !canSend()) return [];
    const who = JSON.stringify([reached, await awayNow(deps)]);
    const waiting = new Set((await workflows.waitingApprovals(board.live())).map(({ run }) => run));
    const next = new Map<string, Known>();
    for (const { run, sequence } of board.live().filter((line: BoardLine) => waiting.has(line.run))) {
      const before = known.get(run);
      if (before?.sequence === sequence && before.who === who) {
        next.set(run, before);
        continue;
      }
      const found = await requestsOf(deps, run, reached).catch(() => undefined);
      // What cannot be read is as it was, and is read again.
      const unread = { sequence: undefined, who, found: before?.found ?? [] };
      next.set(run, found === undefined ? unread : { sequence, who, found });
    }
    known = next;

    return [...known.values()].flatMap(({ found }) => found);
  };
}

/** Who answers for whom now: it changes who is asked, and no run changes by it. */
async function awayNow({ absences, clock }: ApprovalMailsDeps): Promise<readonly string[]> {
  const now = new Date(clock.now()).toISOString();

  return [...(await absences.all())].flatMap(([who, found]) =>
    found.flatMap(({ to, from, until, endedAt }) =>
      from <= now && now < until && endedAt === undefined ? [`${who} ${to} ${from}`] : [],
    ),
  );
}

async function requestsOf(
  { workflows }: ApprovalMailsDeps,
  run: string,
  reached: readonly Principal[],
): Promise<readonly Request[]> {
  const found: Request[] = [];
  for (const { name: by, mail: to = '' } of reached) {
    for (const asked of await workflows.approvals({ run, answerableBy: by })) {
      const { address, state } = asked;
      if (state.grants?.some((grant) => whoAnswered(grant).includes(by))) continue;
      const nth = `${state.escalation?.stage ?? 0} ${state.reminders?.count ?? 0} ${state.escalatedAt ?? ''}`;
      found.push({ key: `${run} ${address} ${state.scheduledAt} ${nth} ${by}`, by, to, asked });
    }
  }

  return found;
}

function createSending(deps: ApprovalMailsDeps): (requests: readonly Request[]) => Promise<void> {
  const { marks, onTrouble } = deps;
  /** Sent, or being sent, as far as this process knows. */
  const settled = new Set<string>();
  let sending = 0;

  async function sendClaimed(request: Request, claim: AlertClaim): Promise<void> {
    let isSent = claim.toldAt.size > 0;
    const note = (told?: string) => {
      isSent = isSent || told !== undefined;
      return claim.note(told);
    };
    try {
      const target = { kind: 'mail', to: [request.to] } as const;
      await sayAlert(deps, await mailOf(deps, request), { to: [target], claim: { ...claim, note } });
      // A mark that is only taken is taken again after a while, here or by another engine.
      if (isSent) await claim.end();
    } catch (error) {
      onTrouble(messageOf(error));
    }
    if (!isSent) settled.delete(request.key);
  }

  async function begin(request: Request): Promise<void> {
    const claim = await marks.take(request.key);
    if (claim === 'taken') return;
    settled.add(request.key);
    if (claim === 'said') return;
    sending += 1;
    void sendClaimed(request, claim).finally(() => {
      sending -= 1;
    });
  }

  return async (requests) => {
    const now = new Set(requests.map(({ key }) => key));
    for (const key of settled) if (!now.has(key)) settled.delete(key);
    for (const request of requests)
      if (!settled.has(request.key) && sending < sendingMax) await begin(request);
  };
}

/** The mail to one person: what is asked, and the link by which they, and nobody else, answer it. */
async function mailOf(
  { links, address, clock }: ApprovalMailsDeps,
  { key, by, to, asked }: Request,
): Promise<Alert> {
  const { run, address: task, definition, state } = asked;
  const { name = task } = asked.task;
  const base = address();
  const link =
    base === undefined
      ? undefined
      : `${base}/answer/${await links.make({ run, task, since: state.scheduledAt ?? '', by })}`;

  return {
    id: sha256Hex(`approval mail ${key}`).slice(0, 32),
    rule: 'approval',
    on: 'approval_waiting',
    subject: key,
    text: `mail to ${to} about the approval of ${oneLine(name)} in run ${run}`,
    at: new Date(clock.now()).toISOString(),
    run,
    mail: {
      subject: `${occasionOf(asked)}: ${oneLine(name)} (${definition.id})`,
      text: `${linesOf(asked, { by, link }).join('\n')}\n`,
    },
  };
}

function linesOf(
  { run, definition, state, dueAt, task: { description } }: AskedApproval,
  { by, link }: { readonly by: string; readonly link: string | undefined },
): readonly string[] {
  const subject = Object.entries(state.names?.show ?? {});

  return [
    ...(description === undefined ? [] : [oneLine(description), '']),
    ...subject.map(([label, value]) => `${oneLine(label)}: ${oneLine(valueText(value))}`),
    `asked by: ${definition.id}, run ${run}`,
    ...(dueAt === undefined ? [] : [`due: ${dueAt}`]),
    '',
    ...(link === undefined
      ? ['Answer it on the dashboard or with `workflow approvals`.']
      : [
          `Answer it as ${by}:`,
          link,
          '',
          'The link answers this one approval, once, in your name: whoever has it can. It is worth nothing once that is over.',
        ]),
  ];
}

function occasionOf({ state: { reminders, escalation, escalatedAt } }: AskedApproval): string {
  const remindedLast = reminders !== undefined && reminders.at >= (escalatedAt ?? '');
  if (remindedLast) return `Reminder ${reminders.count}`;

  return escalation !== undefined || escalatedAt !== undefined ? 'Escalated' : 'Approval asked';
}

/** What stands in a run is somebody's word: it must not look like a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, shownMax);
}
