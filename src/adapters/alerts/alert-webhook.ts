import { createHmac } from 'node:crypto';
import type { AlertTarget } from '../../../machines/serve-file/served.ts';
import { AlertNotDelivered } from '../../ports/alert-delivery.ts';
import type { Alert } from '../../ports/alert-feed.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { ProjectSecrets } from '../../ports/secrets.ts';

type Webhook = Extract<AlertTarget, { kind: 'webhook' }>;

/** Posts it as JSON, signed as Standard Webhooks are. Rejects with AlertNotDelivered for any answer but 2xx. */
export async function postAlert(
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
