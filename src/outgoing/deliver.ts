import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { AlertTarget, MailServer } from '../../machines/serve-file/served.ts';
import { messageOf } from '../lib/text.ts';
import type { ProjectSecrets } from '../ports/access/secrets.ts';
import { type Alert, type AlertDelivery, AlertNotDelivered } from '../ports/events/alert-delivery.ts';

const graceMs = 2_000;
/** What it left running may hold its output open; that is read no longer. */
const drainMs = 500;
const shownMax = 300;
const keptBytesMax = 4_096;
/** What the command sees of our environment: credentials and secrets stay here. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/** Says alerts in the output of the engine, to other programs over HTTP, as mail, and by commands. */
export function createAlertDelivery({
  projectDir,
  secrets,
  say,
  startGroup,
  mailServer = () => undefined,
  answerMsMax = 10_000,
  runMsMax = 30_000,
}: {
  readonly projectDir: string;
  readonly secrets: Pick<ProjectSecrets, 'get'>;
  /** Writes a line into the output of the engine. */
  readonly say: (message: string) => void;
  readonly startGroup: StartGroup;
  /** The server that takes mail, as serve.yaml names it now. */
  readonly mailServer?: () => MailServer | undefined;
  /** How long a webhook may take to answer, and a command to run. */
  readonly answerMsMax?: number;
  readonly runMsMax?: number;
}): AlertDelivery {
  return {
    deliver: async (alert, target) => {
      switch (target.kind) {
        case 'log': {
          const link = alert.link === undefined ? '' : `  ${alert.link}`;
          return say(`alert ${alert.rule}: ${alert.text}${link}`);
        }
        case 'webhook':
          return postAlert(alert, target, { secrets, answerMsMax });
        case 'mail':
          return mailAlert(alert, target, { server: mailServer(), secrets, answerMsMax });
        case 'command':
          return runAlertCommand(alert, target.command, { projectDir, startGroup, runMsMax });
      }
    },
  };
}

/** A command and all that it started. It ends with this process unless it was released. */
type CommandGroup = {
  readonly end: (graceMs: number) => Promise<void>;
  readonly release: () => void;
};

/** Starts a command as the leader of a process group, and takes charge of the group. */
type StartGroup = <Child extends { readonly pid?: number | undefined }>(
  start: () => Child,
) => { readonly child: Child; readonly group: CommandGroup | undefined };

type Where = {
  readonly projectDir: string;
  readonly startGroup: StartGroup;
  readonly runMsMax: number;
};

/**
 * Runs the command with the alert as JSON on its stdin. Whatever it writes is read and thrown away but for the
 * beginning; after `runMsMax` it is ended with all that it started. Rejects with AlertNotDelivered unless it ends
 * with 0.
 */
async function runAlertCommand(
  alert: Alert,
  [program = '', ...args]: readonly string[],
  where: Where,
): Promise<void> {
  const { child, group } = where.startGroup(() =>
    spawn(program, args, {
      cwd: where.projectDir,
      env: environmentOf(alert),
      stdio: ['pipe', 'ignore', 'pipe'],
      // A group of its own: what it starts is ended with it.
      detached: true,
    }),
  );
  const errors = beginningOf(child);
  // Who does not read what it is told has been told all the same.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(alert));
  const ended = await endOf(child, group, where.runMsMax);
  // What it left running is not waited for.
  if (typeof ended !== 'number' || ended === 0) child.stderr.destroy();
  if (ended === 0) return;
  const why = typeof ended === 'number' ? `exit code ${ended}: ${await errors()}` : ended;

  throw new AlertNotDelivered(
    `${program}: ${why
      .slice(0, shownMax)
      .replace(/\p{Cc}+/gu, ' ')
      .trim()}`,
  );
}

/** The exit code, or in words why there is none. */
async function endOf(
  child: ChildProcess,
  group: CommandGroup | undefined,
  runMsMax: number,
): Promise<number | string> {
  const timer = new AbortController();
  const exit = once(child, 'exit', { signal: timer.signal });
  const late = delay(runMsMax, 'late' as const, { signal: timer.signal });
  try {
    const first = await Promise.race([exit, late]);
    if (first === 'late') {
      await group?.end(graceMs);
      return `it took longer than ${runMsMax / 1_000} s`;
    }
    const [code, signal] = first as [number | null, string | null];

    return code ?? `it was ended by ${signal}`;
  } catch (error) {
    return `it cannot be run: ${messageOf(error)}`;
  } finally {
    timer.abort();
    group?.release();
    // Whichever was not waited for is over now.
    await Promise.allSettled([exit, late]);
  }
}

/** Reads all that the command says of what went wrong and keeps the beginning, so that it never has to wait for us. */
function beginningOf({ stderr }: ChildProcess): () => Promise<string> {
  const kept: Buffer[] = [];
  let bytes = 0;
  stderr?.on('data', (chunk: Buffer) => {
    if (bytes >= keptBytesMax) return;
    kept.push(chunk.subarray(0, keptBytesMax - bytes));
    bytes += chunk.length;
  });

  return async () => {
    if (stderr === null) return '';
    await Promise.race([finished(stderr).catch(() => undefined), delay(drainMs)]);
    stderr.destroy();

    return Buffer.concat(kept).toString();
  };
}

function environmentOf(alert: Alert): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

  return { ...env, WORKFLOW_ALERT: alert.rule, WORKFLOW_ALERT_ID: alert.id, WORKFLOW_RUN: alert.run ?? '' };
}

type Webhook = Extract<AlertTarget, { kind: 'webhook' }>;

/** Posts it as JSON, signed as Standard Webhooks are. Rejects with AlertNotDelivered for any answer but 2xx. */
async function postAlert(
  alert: Alert,
  { url, secret: name }: Webhook,
  { secrets, answerMsMax }: { readonly secrets: Pick<ProjectSecrets, 'get'>; readonly answerMsMax: number },
): Promise<void> {
  const secret = name === undefined ? undefined : secrets.get(name);
  if (name !== undefined && secret === undefined)
    throw new AlertNotDelivered(
      `the secret ${name} is not set where the engine runs, so it cannot be signed`,
    );
  const key = secret === undefined ? undefined : keyOf(secret);
  if (key?.length === 0)
    throw new AlertNotDelivered(`the secret ${name} has no base64 behind whsec_, so it cannot be signed`);
  const { id } = alert;
  const body = JSON.stringify(alert);
  const at = String(Math.floor(Date.now() / 1_000));
  const headers = {
    'Content-Type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': at,
    ...(key === undefined ? {} : { 'webhook-signature': signatureOf({ id, at, body, key }) }),
  };
  const { host } = new URL(url);
  try {
    const signal = AbortSignal.timeout(answerMsMax);
    // The signature is meant for this address alone.
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    // Nothing of it is read, however much it is.
    await answer.body?.cancel();
    if (!answer.ok) throw new AlertNotDelivered(`${host} answered ${answer.status}`);
  } catch (error) {
    if (error instanceof AlertNotDelivered) throw error;
    throw new AlertNotDelivered(`${host} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
}

/** Secrets of this scheme are base64 behind `whsec_`; any other text counts as it is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}

type Signed = { readonly id: string; readonly at: string; readonly body: string; readonly key: Buffer };

function signatureOf({ id, at, body, key }: Signed): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
}

type MailTarget = Extract<AlertTarget, { readonly kind: 'mail' }>;

/** The most letters of a subject. */
const subjectMax = 150;

/**
 * Sends the alert to all addresses in one message, whose Message-ID is the same when it is sent again. Rejects with
 * AlertNotDelivered unless the server took it for every address.
 */
async function mailAlert(
  alert: Alert,
  { to }: MailTarget,
  {
    server,
    secrets,
    answerMsMax,
  }: {
    readonly server: MailServer | undefined;
    readonly secrets: Pick<ProjectSecrets, 'get'>;
    readonly answerMsMax: number;
  },
): Promise<void> {
  if (server === undefined) throw new AlertNotDelivered('serve.yaml names no mail server');
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(optionsOf(server, passwordOf(server, secrets), answerMsMax));
  try {
    const { rejected } = await transport.sendMail({
      from: server.from,
      to: [...to],
      messageId: `<${alert.id}@${new URL(server.server).hostname}>`,
      ...(alert.mail ?? plainMail(alert)),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Workflow-Alert': alert.id },
    });
    if (rejected.length > 0) throw new Error(`it was not taken for ${rejected.map(String).join(', ')}`);
  } catch (error) {
    throw new AlertNotDelivered(`mail by ${server.server}: ${messageOf(error)}`);
  } finally {
    transport.close();
  }
}

function plainMail({ rule, text, link, at }: Alert) {
  return {
    subject: `[${rule}] ${text}`.slice(0, subjectMax),
    text: `${text}\n\n${link === undefined ? '' : `${link}\n`}${at}\n`,
  };
}

/** Whoever signs in does so over TLS: a server that offers none, or one in between, gets no password. */
function optionsOf({ server, user }: MailServer, password: string | undefined, answerMsMax: number) {
  const { protocol, hostname, port } = new URL(server);
  const isSecure = protocol === 'smtps:';

  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && user !== undefined,
    connectionTimeout: answerMsMax,
    greetingTimeout: answerMsMax,
    socketTimeout: answerMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
  };
}

function passwordOf({ password }: MailServer, secrets: Pick<ProjectSecrets, 'get'>): string | undefined {
  if (password === undefined) return undefined;
  const value = secrets.get(password);
  if (value === undefined) throw new AlertNotDelivered(`the secret ${password} is not set`);

  return value;
}
