import { ensurePrivateFolder } from '../../files/private-file.ts';
import { type EmbeddedServer, ensureEmbeddedServer } from '../../nats-server/embedded-server.ts';

/** Finds the project's own server or starts it, in a folder that is nobody else's. */
export async function bringUpServer(
  projectDir: string,
  onProgress: (message: string) => void = () => undefined,
): Promise<EmbeddedServer> {
  // Whoever needs the folder says what is wrong with it.
  await ensurePrivateFolder(projectDir).catch(() => undefined);

  return ensureEmbeddedServer({ projectDir, env: process.env, onProgress });
}
