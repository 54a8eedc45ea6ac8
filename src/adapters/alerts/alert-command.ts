import { execa } from 'execa';
import { AlertNotDelivered } from '../../ports/alert-delivery.ts';
import type { Alert } from '../../ports/alert-feed.ts';

const runMsMax = 30_000;
const shownMax = 300;
/** What the command sees of our environment: credentials and secrets stay here. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/** Runs the command with the alert as JSON on its stdin. Rejects with AlertNotDelivered unless it ends with 0. */
export async function runAlertCommand(
  alert: Alert,
  [program = '', ...args]: readonly string[],
  projectDir: string,
): Promise<void> {
  const env = Object.fromEntries(inherited.flatMap((name) => pairOf(name)));
  const { failed, exitCode, stderr, timedOut, shortMessage } = await execa(program, args, {
    cwd: projectDir,
    input: JSON.stringify(alert),
    env: { ...env, WORKFLOW_ALERT: alert.rule, WORKFLOW_RUN: alert.run ?? '' },
    extendEnv: false,
    timeout: runMsMax,
    forceKillAfterDelay: 2_000,
    maxBuffer: 64 * 1024,
    reject: false,
    // Who does not read what it is told has been told all the same.
    stdout: 'ignore',
  });
  if (!failed) return;
  if (timedOut) throw new AlertNotDelivered(`${program} took longer than ${runMsMax / 1_000} s`);
  const why =
    exitCode === undefined ? (shortMessage ?? 'it cannot be run') : `exit code ${exitCode}: ${stderr}`;

  throw new AlertNotDelivered(
    `${program}: ${why
      .slice(0, shownMax)
      .replace(/\p{Cc}+/gu, ' ')
      .trim()}`,
  );
}

function pairOf(name: string): readonly (readonly [string, string])[] {
  const value = process.env[name];

  return value === undefined ? [] : [[name, value]];
}
