import type { Json } from '../../events/canonical-json.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { filled, strict } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import type { AlertRule, MailServer } from './served.ts';

const server = filled('the address of a mail server')
  .refine((value) => /^smtps?:\/\/[^\s/]+$/.test(value) && URL.canParse(value), {
    error: 'expected an address such as smtp://mail.example:587 or smtps://mail.example',
  })
  .refine((value) => !value.includes('@'), {
    error: 'expected an address without a user and a password; write user: and password: <NAME of a secret>',
  });

const mailSchema = strict({
  server: server.describe('smtps:// is TLS from the beginning; smtp:// goes over to it where it is offered.'),
  from: mailAddress().describe('The sender.'),
  user: filled('a user').optional().describe('Who signs in there; then nothing is sent without TLS.'),
  password: filled('the name of a secret')
    .optional()
    .describe('The password of the user, by the name of its secret.'),
  links: filled('an address')
    .refine((value) => /^https?:\/\/[^\s/?#@]+$/.test(value) && URL.canParse(value), {
      error: 'expected the address of the dashboard without a path, such as https://ox.example',
    })
    .optional()
    .describe('Where people reach the dashboard; links of mails lead there.'),
});

/** One address, with a name before it or without: `Ana <ana@example.org>`. */
export function mailAddress() {
  return filled('a mail address').refine(
    (value) => /^([^<>@\r\n]*<[^<>@\s,]+@[^<>@\s,]+>|[^<>@\s,]+@[^<>@\s,]+)$/.test(value),
    {
      error: 'expected one mail address, such as ops@example.org',
    },
  );
}

type Report = (...findings: readonly Finding[]) => void;

/** The section `mail` of serve.yaml; undefined where it is absent or wrong. */
export function readMail(
  raw: Json | undefined,
  alerts: readonly AlertRule[],
  report: Report,
): MailServer | undefined {
  const isWanted = alerts.some(({ to }) => to.some(({ kind }) => kind === 'mail'));
  if (raw === undefined || raw === null) {
    if (isWanted) report(noServer);
    return undefined;
  }
  const { value, findings } = parseSalvaging({
    schema: strict({ mail: mailSchema }),
    value: { mail: raw },
    path: [],
  });
  report(...findings);
  const mail = value?.mail;
  if (mail !== undefined && (mail.user === undefined) !== (mail.password === undefined)) report(halfLogin);

  return mail === undefined ? undefined : defined(mail);
}

const noServer: Finding = {
  code: 'serve.no-mail-server',
  message:
    'alerts are to be sent as mail, and nothing says by which server: write mail: {server: smtp://<host>:587, from: <address>}',
  path: ['alerts'],
};

const halfLogin: Finding = {
  code: 'definition.contradiction',
  message: 'user and password go together: the one is nothing without the other',
  path: ['mail'],
};
