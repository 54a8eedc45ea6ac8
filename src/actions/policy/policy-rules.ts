import { RE2JS } from 're2js';
import { z } from 'zod';
import { FileGlob } from './file-glob.ts';

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A number of bytes, or text such as `10MB` (powers of 1000) or `10MiB` (powers of 1024). */
const ByteSize = z.union([z.int().min(0), z.string().transform(parseBytes)], {
  error: 'expected a number of bytes, or text such as "10MB" or "512KiB"',
});

const rulesMax = 10_000;

/** A regular expression in RE2's syntax, which matches in linear time whatever the pattern and the name. */
const NamePattern = z.string().min(1).max(1000).refine(compiles, {
  error: 'no regular expression that RE2 takes (look-around and back-references are not supported)',
});

const NamingRule = z.strictObject({
  pattern: NamePattern,
  applies_to: FileGlob.default('**'),
  message: z.string().optional(),
});
export type NamingRule = z.output<typeof NamingRule>;

/** What a policy demands of the files of a folder. */
export const PolicyRules = z.strictObject({
  required_files: z.array(FileGlob).max(rulesMax).default([]),
  forbidden: z.array(FileGlob).max(rulesMax).default([]),
  max_file_bytes: ByteSize.optional(),
  max_total_bytes: ByteSize.optional(),
  naming: z.array(NamingRule).max(rulesMax).default([]),
});
export type PolicyRules = z.output<typeof PolicyRules>;

/** A policy as it is written. */
export const Policy = z.strictObject({
  name: z.string().optional(),
  version: z.union([z.string(), z.number()]).optional(),
  description: z.string().optional(),
  ...PolicyRules.shape,
});
export type Policy = z.output<typeof Policy>;

/** The keys that make a YAML block a policy: a block without any of them is something else. */
export const ruleKeys: readonly string[] = Object.keys(PolicyRules.shape);

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function parseBytes(text: string, context: z.RefinementCtx<string>): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]i?B|B)$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (amount !== undefined && factor !== undefined) return Math.floor(Number(amount) * factor);

  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no size; write "10MB" or "512KiB"`,
  });
  return z.NEVER;
}
