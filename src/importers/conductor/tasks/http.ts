import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import type { SourcePlace } from '../context.ts';
import { isArray, isMap, isUnset, type JsonMap, mapAt, numberAt, textAt } from '../source/parse-json.ts';
import { toTemplate } from '../templates.ts';
import { attemptFields } from './attempts.ts';
import { build, type Convert, type Converted, type Given, single } from './build.ts';
import { forAgent } from './simple.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** HTTP: `http_request` of the inputs, or the inputs themselves, which newer servers take. */
export const convertHttp: Convert = (given) => {
  const { task, place } = given;
  const written = task.input['http_request'];
  const request = isMap(written) ? written : isUnset(written) ? task.input : undefined;
  if (request === undefined)
    return leftToAgent(given, 'the request as a whole comes out of the data of the run');
  const method = (textAt(request, 'method') ?? 'GET').toUpperCase();
  if (!methods.has(method))
    return leftToAgent(given, `the method ${textAt(request, 'method')} is not one that a text can name here`);
  const url = urlOf(request, place);
  if (url === undefined) return leftToAgent(given, 'the address has no host: it is looked up by vipAddress');
  reportRequest(request, place);

  return single(
    build(given, 'HTTP', {
      fields: {
        request: requestOf(request, { method, url }, place),
        optional: task.raw['optional'] === true ? true : undefined,
        ...attemptFields(task, place, { worker: false }),
      },
    }),
  );
};

function requestOf(
  request: JsonMap,
  { method, url }: { readonly method: string; readonly url: string },
  place: SourcePlace,
): Json {
  const headers = headersOf(request, place);
  const body = request['body'];
  const timeoutMs = numberAt(request, 'readTimeOut') ?? 0;

  return {
    method,
    url,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(body === undefined || body === null || body === '' ? {} : { body: toTemplate(body, place) }),
    ...(timeoutMs > 0 ? { timeout: formatDuration(timeoutMs) } : {}),
  };
}

function urlOf(request: JsonMap, place: SourcePlace): string | undefined {
  const uri = textAt(request, 'uri') ?? textAt(request, 'url');
  if (uri === undefined || uri.startsWith('/')) return undefined;
  const url = toTemplate(uri.trim(), place);
  if (typeof url !== 'string' || url === '') return undefined;
  if (/^(https?:\/\/|\$\{)/i.test(url)) return url;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return undefined;
  place.say.warning('http_request.uri', `"${uri}" has no scheme`, { became: `http://${uri}` });

  return `http://${url}`;
}

function headersOf(request: JsonMap, place: SourcePlace): Readonly<Record<string, Json>> {
  const given = request['headers'];
  if (typeof given === 'string' && given !== '') {
    place.say.loss('http_request.headers', 'all headers at once come out of the data of the run');
  }
  const headers = Object.entries(mapAt(request, 'headers')).flatMap(([name, value]): [string, Json][] => {
    if (isUnset(value)) return [];
    const text = isArray(value) ? value.join(', ') : isMap(value) ? JSON.stringify(value) : String(value);
    const rendered = toTemplate(text, place);
    return rendered === null || rendered === '' ? [] : [[name, String(rendered)]];
  });
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const [key, name] of [
    ['accept', 'Accept'],
    ['contentType', 'Content-Type'],
  ] as const) {
    const value = textAt(request, key);
    if (value !== undefined && !named.has(name.toLowerCase()))
      headers.push([name, String(toTemplate(value, place))]);
  }

  return Object.fromEntries(headers);
}

const understood = new Set([
  'uri',
  'url',
  'method',
  'headers',
  'body',
  'accept',
  'contentType',
  'readTimeOut',
  'http_request',
]);
const reasons: Readonly<Record<string, readonly ['info' | 'loss', string]>> = {
  connectionTimeOut: ['info', 'there is one time-out for the whole request, which is readTimeOut'],
  encode: ['info', 'the address is sent as it is written'],
  vipAddress: ['loss', 'services are not looked up by name; the address is in `url`'],
  oauthConsumerKey: ['loss', 'requests are not signed with OAuth 1'],
  oauthConsumerSecret: [
    'loss',
    'requests are not signed with OAuth 1, and a secret does not belong into a definition',
  ],
  asyncComplete: [
    'loss',
    'the task completes with the answer; it does not wait to be completed from outside',
  ],
  hedgingConfig: ['loss', 'a request is sent once per attempt'],
  appName: ['info', 'only named the caller in Conductor'],
};

function reportRequest(request: JsonMap, { say }: SourcePlace): void {
  for (const [key, value] of Object.entries(request)) {
    if (understood.has(key) || isUnset(value)) continue;
    const [severity, reason] = reasons[key] ?? ['loss', 'not part of a request here'];
    say[severity](`http_request.${key}`, reason);
  }
}

function leftToAgent(given: Given, reason: string): Converted {
  given.place.say.loss('HTTP', `${reason}; an agent has to send it`, {
    became: 'requires: [conductor-http]',
  });

  return forAgent(given, 'conductor-http');
}
