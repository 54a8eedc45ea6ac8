import { z } from 'zod';
import type { AnswerLink, AnswerLinks } from '../ports/access/answer-links.ts';
import { SecretUnreadable } from '../ports/access/secret-errors.ts';
import type { SecretCipher } from '../ports/access/secrets.ts';

/** What is sealed for something else opens nothing here, and the other way round. */
const about = 'a link that answers an approval';
const Written = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/**
 * Links are sealed with the key that seals the secrets of the project: AES-GCM tells in constant time whether a text
 * was made with it and not altered, and nobody reads in the address what it is about.
 */
export function createAnswerLinks(cipher: SecretCipher): AnswerLinks {
  return {
    make: ({ run, task, since, by }: AnswerLink) =>
      cipher.seal(JSON.stringify([run, task, since, by]), about),
    open: async (text) => {
      try {
        const [run, task, since, by] = Written.parse(JSON.parse(await cipher.open(text, about)));
        return { run, task, since, by };
      } catch (error) {
        if (error instanceof SecretUnreadable) return undefined;
        throw error;
      }
    },
  };
}
