import type { Socket } from 'node:net';

/** Both ends of a connection through a proxy: when either closes, so does the other. `sockets` holds the open ones. */
export function tie(sockets: Set<Socket>, client: Socket, upstream: Socket): void {
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      client.destroy();
      upstream.destroy();
    });
  }
}
