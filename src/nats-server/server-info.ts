import { connect } from 'node:net';

/** What a server says of itself to everyone who connects. */
export type ServerInfo = {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** `host:port` of each server of its cluster that it knows to be up, itself included; none without a cluster. */
  readonly clusterUrls: readonly string[];
};

type Address = { readonly host: string; readonly port: number; readonly limitMs?: number };

const LIMIT_MS = 2_000;
const INFO_BYTES_MAX = 64 * 1024;

/** Connects, reads the greeting and leaves. Undefined when nobody answers, or somebody who is no NATS server. */
export function readServerInfo({ host, port, limitMs = LIMIT_MS }: Address): Promise<ServerInfo | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = '';
    const finish = (info: ServerInfo | undefined) => {
      socket.destroy();
      resolve(info);
    };

    socket.setEncoding('utf8');
    socket.setTimeout(limitMs, () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (received.includes('\r\n')) finish(parseInfo(received.slice(0, received.indexOf('\r\n'))));
      else if (received.length > INFO_BYTES_MAX) finish(undefined);
    });
  });
}

function parseInfo(line: string): ServerInfo | undefined {
  if (!line.startsWith('INFO ')) return undefined;
  try {
    const info: unknown = JSON.parse(line.slice('INFO '.length));
    if (typeof info !== 'object' || info === null) return undefined;
    const { server_id: id, server_name: name, version, connect_urls: urls } = info as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string') return undefined;
    const clusterUrls = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : [];

    return { id: String(id), name, version, clusterUrls };
  } catch {
    return undefined;
  }
}
