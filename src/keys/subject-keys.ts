import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { sealedText } from '../../events/sealed-text.ts';
import { hidden } from '../../machines/run/record/redact.ts';
import type { Sealing } from '../../machines/run/run.ts';
import type { Erasure, KeyCodec, KeyEntries, SubjectKeys } from '../ports/access/subject-keys.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** Subjects that are erased over and over again get keys by further names. */
const GENERATIONS_MAX = 1_000;

const Account = z.object({
  key: z.string(),
  at: z.string(),
  by: z.string(),
  runs: z.array(z.object({ run: z.string(), values: z.int() })),
});

/**
 * Keys of subjects among these entries: `pepper` makes their names, `key.<name>` is one, wrapped, `run.<name>.<run>`
 * says what it was used for, and `erased.<name>` that it is destroyed.
 */
export function createSubjectKeys({
  entries,
  codec,
}: {
  readonly entries: KeyEntries;
  readonly codec: KeyCodec;
}): SubjectKeys {
  async function pepper(): Promise<Buffer> {
    const found = await entries.get('pepper');
    if (found !== undefined) return Buffer.from(await codec.unwrap(found, 'pepper'));
    await entries.create('pepper', await codec.wrap(randomBytes(KEY_BYTES), 'pepper'));

    return pepper();
  }

  /** The names that the keys of a subject have one after another. */
  async function namesOf(subject: string): Promise<(generation: number) => string> {
    const secret = await pepper();

    return (generation) =>
      createHmac('sha256', secret).update(`${generation}\n${subject}`).digest('hex').slice(0, 32);
  }

  async function erasedAt(name: string): Promise<string | undefined> {
    const account = await entries.get(`erased.${name}`);

    return account === undefined ? undefined : Account.parse(JSON.parse(account)).at;
  }

  async function keyOf(name: string): Promise<Buffer | undefined> {
    const wrapped = await entries.get(`key.${name}`);

    return wrapped === undefined ? undefined : Buffer.from(await codec.unwrap(wrapped, name));
  }

  async function named(name: string, run?: string): Promise<Sealing> {
    // A key whose destruction was interrupted is destroyed.
    const at = await erasedAt(name);
    const key = at === undefined ? await keyOf(name) : undefined;
    if (key === undefined) return erasedSealing(name, at ?? '');
    if (run === undefined) return sealingWith(name, key);
    await entries.create(`run.${name}.${run}`, '');
    // Whoever erases notes that first and looks for runs after it: one of the two sees the other.
    const meanwhile = await erasedAt(name);
    if (meanwhile === undefined) return sealingWith(name, key);
    await entries.destroy(`run.${name}.${run}`);

    return erasedSealing(name, meanwhile);
  }

  return {
    named,
    of: async (subject, run) => {
      const nameOf = await namesOf(subject);
      for (let generation = 0; generation < GENERATIONS_MAX; generation += 1) {
        const name = nameOf(generation);
        if ((await erasedAt(name)) !== undefined) continue;
        if ((await entries.get(`key.${name}`)) === undefined)
          await entries.create(`key.${name}`, await codec.wrap(randomBytes(KEY_BYTES), name));
        const sealing = await named(name, run);
        if (sealing.erasedAt === undefined) return sealing;
      }
      throw new RangeError(`a subject was erased ${GENERATIONS_MAX} times`);
    },
    keysOf: async (subject) => {
      const nameOf = await namesOf(subject);
      const found: string[] = [];
      for (let generation = 0; generation < GENERATIONS_MAX; generation += 1) {
        const name = nameOf(generation);
        const isKnown =
          (await entries.get(`key.${name}`)) !== undefined || (await erasedAt(name)) !== undefined;
        if (!isKnown) break;
        found.push(name);
      }

      return found;
    },
    runsOf: async (key) => {
      const found = await entries.list(`run.${key}.`);

      return found.map(({ name }) => name.slice(`run.${key}.`.length));
    },
    erase: async (erasure) => {
      // First the account of it: with that alone nobody opens anything any more.
      await entries.create(`erased.${erasure.key}`, JSON.stringify(erasure));
      await entries.destroy(`key.${erasure.key}`);
    },
    addRuns: async (key, runs) => {
      for (;;) {
        const before = await entries.get(`erased.${key}`);
        if (before === undefined) return;
        const account = Account.parse(JSON.parse(before));
        const added = runs.filter(({ run }) => !account.runs.some((each) => each.run === run));
        const after = JSON.stringify({ ...account, runs: [...account.runs, ...added] });
        if (added.length === 0 || (await entries.replace(`erased.${key}`, after, before))) return;
      }
    },
    erasures: async () => {
      const found = await entries.list('erased.');
      const accounts = found.map(({ body }): Erasure => Account.parse(JSON.parse(body)));

      return accounts.sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    rewrap: async () => {
      const latest = await codec.current();
      const wrapped = [...(await entries.list('key.')), ...(await entries.list('pepper'))];
      const older = wrapped.filter(({ body }) => codec.wrapperOf(body) !== latest);
      let count = 0;
      for (const { name, body } of older) {
        const about = name.replace(/^key\./, '');
        // What is being destroyed is not written anew.
        if ((await erasedAt(about)) !== undefined) continue;
        if (await entries.replace(name, await codec.wrap(await codec.unwrap(body, about), about), body))
          count += 1;
      }

      return count;
    },
  };
}

/** What would be sealed with it is not handed out as it is. */
function erasedSealing(key: string, erasedAt: string): Sealing {
  return { key, erasedAt, seal: () => JSON.stringify(hidden), open: () => undefined };
}

/**
 * AES-256-GCM whose nonce is made of the text: the same text is sealed to the same, so that what a run does again can
 * be compared with what it recorded. That two values of one subject are alike can be seen, and nothing else.
 */
function sealingWith(name: string, key: Uint8Array): Sealing {
  const [forText, forNonce] = ['text', 'nonce'].map((use) =>
    Buffer.from(hkdfSync('sha256', key, '', `workflow sealed ${use}`, KEY_BYTES)),
  ) as [Buffer, Buffer];
  const about = Buffer.from(name);

  return {
    key: name,
    seal: (text) => {
      const nonce = createHmac('sha256', forNonce).update(text).digest().subarray(0, NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, forText, nonce, { authTagLength: TAG_BYTES }).setAAD(about);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);

      return sealedText(name, Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url'));
    },
    open: (sealed) => {
      const bytes = Buffer.from(sealed.slice(sealed.lastIndexOf(':') + 1), 'base64url');
      const decipher = createDecipheriv(ALGORITHM, forText, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(about)
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        // Who gives a text that looks sealed gets it back as it is.
        return undefined;
      }
    },
  };
}
