import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Agent, RequestInit, Response } from 'undici';
import { TaskError } from '../ports/work/handler.ts';

/** Which hosts of this machine and of its own network the requests of a project's tasks may reach. */
export type PrivateHosts = {
  /** Rejects with TaskError where it is never allowed, and as reading what the project says of it does. */
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
  // The wire server of Azure.
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  privateAddresses.addSubnet(net, prefix, 'ipv6');

/** Whether an address leads to this machine or to its own network. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const standsFor = embeddedAddress(address);
  if (standsFor !== undefined) return isPrivateAddress(standsFor);

  return privateAddresses.check(address, family === 4 ? 'ipv4' : 'ipv6') || isOwnAddress(address);
}

/** The address of IPv4 that one of a translating gateway (RFC 6052), or of 6to4 (RFC 3056), stands for. */
function embeddedAddress(address: string): string | undefined {
  if (isIPv4(address)) return undefined;
  const whole = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const groups = /^(?:64:ff9b::|2002:)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})(?::|$)/.exec(whole);
  if (groups === null) return undefined;
  const bits = (Number.parseInt(groups[1] ?? '0', 16) << 16) | Number.parseInt(groups[2] ?? '0', 16);

  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}

/** Whether this machine itself has the address, wherever it can be reached from. */
function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((own) => own.address === address));
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

type Sent = {
  readonly url: URL;
  readonly init: RequestInit;
  /** Asked only where the address leads inside. */
  readonly mayReachPrivate: () => Promise<boolean>;
};

let outside: Agent | undefined;

/**
 * Fetches. Addresses are looked at when the connection is made, so that no name server can change its mind in between.
 * Throws TaskError (`http.private-address`), and as fetch does.
 */
export async function guardedFetch({ url, init, mayReachPrivate }: Sent): Promise<Response> {
  const undici = await import('undici');
  const host = lookedUpHost(url);
  outside ??= new undici.Agent({ connect: { lookup: lookupOutside } });
  try {
    if (isPrivateAddress(host)) throw refusal(host, host);
    return await undici.fetch(url, { ...init, dispatcher: outside });
  } catch (error) {
    const cause = error instanceof TypeError ? error.cause : error;
    if (!(cause instanceof PrivateAddress)) throw error;
    if (!(await mayReachPrivate())) throw refused(cause, url);
  }

  return undici.fetch(url, init);
}

function refused({ code, message }: PrivateAddress, url: URL): TaskError {
  const entry = `"${url.hostname}:${portOf(url)}"`;

  return new TaskError(
    code,
    `no request is sent to ${url.origin}: ${message}; where that is meant, serve.yaml says private_hosts: [${entry}]`,
  );
}

/** The host as it is looked up: an address of IPv6 without its brackets. */
export function lookedUpHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The port that is meant, also where it is left out. */
export function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

/** The body, or a little more than `bytesMax` of it: then the rest is not received. */
export async function firstBytes(
  response: Response,
  bytesMax: number,
  onProgress: () => void = () => undefined,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    onProgress();
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) break;
  }

  return Buffer.concat(chunks);
}

/** Why a fetch failed: it hides the reason in the cause. */
export function reasonOf(error: unknown): { readonly code: string | undefined; readonly reason: string } {
  const found = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(found instanceof Error)) return { code: undefined, reason: String(found) };
  const code = 'code' in found && typeof found.code === 'string' ? found.code : undefined;

  // Several addresses of one name that all refuse come as one error without words.
  return { code, reason: found.message || (code ?? found.name) };
}
