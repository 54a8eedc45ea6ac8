// Which requests are looked at at all. Method: the guard alone, asked about headers as they come.

import { expect, test } from 'vitest';
import { isLoopbackName } from '../../machines/loopback.ts';
import { guarded } from '../../src/http/listen.ts';
import { nameOfHost } from '../../src/http/visitor.ts';

const here = { isLoopback: true, hosts: ['127.0.0.1'] };
const everywhere = { isLoopback: false, hosts: ['0.0.0.0', 'flows.example'] };
const codeOf = (host: string, options = here) =>
  guarded({ method: 'GET', url: '/', headers: { host } }, options)?.code;

test('the name is what stands before the port, and nothing that only looks like one', () => {
  expect(['LocalHost:80', '[::1]:7420', 'a.b-c_d', '127.1.2.3'].map(nameOfHost)).toEqual([
    'localhost',
    '[::1]',
    'a.b-c_d',
    '127.1.2.3',
  ]);
  for (const odd of ['', 'a b', 'a@b', 'localhost:80:80', 'localhost/', '[::1', 'localhost:x', 'a,b'])
    expect(nameOfHost(odd), odd).toBe('');
  expect(['127.0.0.1.evil.example', 'localhost.', '128.0.0.1', '1270.0.1'].map(isLoopbackName)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('bound to this machine, only its own names and those that were allowed lead here', () => {
  expect(['localhost', '127.0.0.1:1', '[::1]'].map((host) => codeOf(host))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(['10.0.0.1', 'evil.example', ''].map((host) => codeOf(host))).toEqual([
    'http.host',
    'http.host',
    'http.host',
  ]);
});

test('bound to more, every address leads here, and of the names those that were allowed', () => {
  expect(codeOf('10.0.0.1:7420', everywhere)).toBeUndefined();
  expect(codeOf('[fe80::1]', everywhere)).toBeUndefined();
  expect(codeOf('flows.example', everywhere)).toBeUndefined();
  expect(codeOf('evil.example', everywhere)).toBe('http.host');
});

test('a link of another site leads to a page, and to nothing that is asked for by scripts', () => {
  const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site' };

  expect(guarded({ method: 'GET', url: '/runs/x', headers }, here)).toBeUndefined();
  expect(guarded({ method: 'GET', url: '/api/v1/runs', headers }, here)?.code).toBe('http.origin');
  expect(guarded({ method: 'POST', url: '/runs/x', headers }, here)?.code).toBe('http.origin');
});

test('a path that is written in another way is guarded as the one that it is read as', () => {
  const headers = { host: 'localhost', origin: 'http://evil.example' };
  const codeAt = (url: string, method = 'GET') => guarded({ method, url, headers }, here)?.code;

  expect(['/%61pi/v1/runs', '/ap%69/v1/stream?after=1', '/h%6foks/x'].map((url) => codeAt(url))).toEqual([
    'http.origin',
    'http.origin',
    'http.origin',
  ]);
  const own = { host: 'localhost' };
  expect(guarded({ method: 'HEAD', url: '/%61pi/v1/stream', headers: own }, here)?.code).toBe('http.method');
});

test('nobody asks for the head of a stream that has no end', () => {
  const headers = { host: 'localhost' };

  expect(guarded({ method: 'HEAD', url: '/api/v1/stream?after=1', headers }, here)?.code).toBe('http.method');
  expect(guarded({ method: 'GET', url: '/api/v1/stream?after=1', headers }, here)).toBeUndefined();
});
