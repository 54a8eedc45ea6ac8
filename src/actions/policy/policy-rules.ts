import { RE2JS } from 're2js';
import { z } from 'zod';
import { ByteSize } from '../../../machines/byte-size.ts';
import { FileGlob } from './file-glob.ts';

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
