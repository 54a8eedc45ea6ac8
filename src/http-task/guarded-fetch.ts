import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Agent, RequestInit, Response } from 'undici';
import { TaskError } from '../ports/work/handler.ts';

/** Which hosts of this machine and of its own network the requests of a project's tasks may reach. */
export type PrivateHosts = {
  /** Rejects as reading what the project says of it does. */
  allows(url: URL, projectDir: string): Promise<boolean>;
};

/** A name that stands for addresses of this machine or of its own network alone. */
class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
  readonly code = 'http.private-address';
}

/** Loopback, link-local, private and other addresses that lead nowhere outside: IANA's special-purpose registries. */
const privateAddresses = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  // What stands for addresses of IPv4 behind a gateway.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  privateAddresses.addSubnet(net, prefix, 'ipv6');

/** Whether an address leads to this machine or to its own network. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);

  return family !== 0 && privateAddresses.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Finds the addresses of a name that lead outside; it fails where all of them lead inside. */
const lookupOutside: LookupFunction = (name, options, callback) => {
  lookup(name, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error !== null) return callback(error, '', 0);
    const outside = found.filter(({ address }) => !isPrivateAddress(address));
    const [first] = outside;
    if (first === undefined) return callback(refusal(name, found[0]?.address ?? ''), '', 0);
    if (options.all === true) return callback(null, outside);

    return callback(null, first.address, first.family);
  });
};

function refusal(name: string, address: string): PrivateAddress {
  const at = name === address ? name : `${name} (${address})`;

  return new PrivateAddress(`${at} is an address of this machine or of its own network`);
}

type Sent = { readonly url: URL; readonly init: RequestInit; readonly mayReachPrivate: boolean };

let outside: Promise<Agent> | undefined;

/**
 * Fetches. Addresses are looked at when the connection is made, so that no name server can change its mind in between.
 * Throws TaskError (`http.private-address`), and as fetch does.
 */
export async function guardedFetch({ url, init, mayReachPrivate }: Sent): Promise<Response> {
  const undici = await import('undici');
  if (mayReachPrivate) return undici.fetch(url, init);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isPrivateAddress(host)) throw refused(refusal(host, host), url);
  outside ??= Promise.resolve(new undici.Agent({ connect: { lookup: lookupOutside } }));
  try {
    return await undici.fetch(url, { ...init, dispatcher: await outside });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof PrivateAddress ? refused(cause, url) : error;
  }
}

function refused({ code, message }: PrivateAddress, url: URL): TaskError {
  return new TaskError(
    code,
    `no request is sent to ${url.origin}: ${message}; where that is meant, serve.yaml says private_hosts: [${url.host}]`,
  );
}
