import type { DueAlert } from '../../../machines/alerts/due-alerts.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { AlertTarget } from '../../../machines/serve-file/served.ts';
import { delay } from '../../lib/deadline.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Alert, AlertDelivery } from '../../ports/events/alert-delivery.ts';
import type { AlertClaim } from './alert-marks.ts';

export type SayDeps = {
  readonly delivery: AlertDelivery;
  readonly clock: Clock;
  /** Told in words when an alert could not be said somewhere. */
  readonly onTrouble: (message: string) => void;
};

/** How long it is waited before each further try: each is begun before others take the alert for abandoned. */
const pausesMs = [1_000, 5_000, 20_000, 60_000];

/** The alert as people and programs get it; `link` leads to where they look. */
export function alertOf(
  { key, rule, sighting, text }: DueAlert,
  { nowMs, dashboard }: { readonly nowMs: number; readonly dashboard: string | undefined },
): Alert {
  const { on, subject, run } = sighting;
  const path = run === undefined ? (on === 'store_failing' ? '/' : '/agents') : `/runs/${run}`;

  return {
    id: sha256Hex(key).slice(0, 32),
    rule: rule.name,
    on,
    subject,
    text: oneLine(text),
    at: new Date(nowMs).toISOString(),
    ...(run === undefined ? {} : { run }),
    ...(dashboard === undefined ? {} : { link: `${dashboard}${path}` }),
  };
}

/** The error of a run is the word of its worker: it must not look like a line of ours, nor move the cursor. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ');
}

/** Says it everywhere the rule wants it and it was not said yet, each place for itself. Never rejects. */
export async function sayAlert(
  deps: SayDeps,
  alert: Alert,
  { to, claim }: { readonly to: readonly AlertTarget[]; readonly claim: AlertClaim },
): Promise<void> {
  await Promise.all(
    to.map(async (target) => {
      const place = placeOf(target);
      if (claim.toldAt.has(place)) return;
      const note = (told?: string) => noted(deps, alert, claim.note(told));
      if (await sayAt(deps, target, { alert, isOurs: () => note() })) await note(place);
    }),
  );
}

/** Addresses may hold what is nobody else's business. */
function placeOf(target: AlertTarget): string {
  return sha256Hex(JSON.stringify(target)).slice(0, 16);
}

/** While the mark cannot be written nobody else can take it either, as far as we know. */
async function noted({ onTrouble }: SayDeps, alert: Alert, noting: Promise<boolean>): Promise<boolean> {
  try {
    return await noting;
  } catch (error) {
    onTrouble(`alert ${alert.rule}: where it was said could not be kept: ${messageOf(error)}`);

    return true;
  }
}

type Said = { readonly alert: Alert; readonly isOurs: () => Promise<boolean> };

/** Resolves with whether it was said there. */
async function sayAt(
  { delivery, clock, onTrouble }: SayDeps,
  target: AlertTarget,
  { alert, isOurs }: Said,
): Promise<boolean> {
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      await delivery.deliver(alert, target);
      return true;
    } catch (error) {
      const after = pauseMs === undefined ? 'given up' : `tried again in ${pauseMs / 1_000} s`;
      onTrouble(`alert ${alert.rule}: ${alert.text}: not said, ${after}: ${messageOf(error)}`);
      if (pauseMs === undefined) break;
      await delay(clock, pauseMs);
      // The trouble may be over, or another engine may have taken it for abandoned while this machine slept.
      if (!(await isOurs())) return false;
    }
  }

  return false;
}
