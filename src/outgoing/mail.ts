import type { AlertTarget, MailServer } from '../../machines/serve-file/served.ts';
import { messageOf } from '../lib/text.ts';
import type { ProjectSecrets } from '../ports/access/secrets.ts';
import { type Alert, AlertNotDelivered } from '../ports/events/alert-delivery.ts';

type MailTarget = Extract<AlertTarget, { readonly kind: 'mail' }>;

/** Between two letters of a subject that people read whole. */
const subjectMax = 150;

/**
 * Sends the alert to all addresses in one message, whose Message-ID is the same when it is sent again. Rejects with
 * AlertNotDelivered unless the server took it for every address.
 */
export async function mailAlert(
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
      subject: `[${alert.rule}] ${alert.text}`.slice(0, subjectMax),
      text: `${alert.text}\n\n${alert.link === undefined ? '' : `${alert.link}\n`}${alert.at}\n`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Workflow-Alert': alert.id },
    });
    if (rejected.length > 0) throw new Error(`it was not taken for ${rejected.map(String).join(', ')}`);
  } catch (error) {
    throw new AlertNotDelivered(`mail by ${server.server}: ${messageOf(error)}`);
  } finally {
    transport.close();
  }
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
