/** Longest text of one expression. */
export const expressionCharactersMax = 1024;

/** Most nodes in the syntax tree of one expression. */
export const astNodesMax = 200;

/** Deepest nesting of one expression. */
export const expressionDepthMax = 32;

/**
 * Most work of one evaluation. Outside of loops an expression does at most one step per node; each turn of a loop costs
 * the nodes of its body, and whatever walks a text or a list costs its length. The dearest steps found, failures that
 * `exists()` sets aside, use the whole allowance up in some 60 ms; the common ones in 10 ms.
 */
export const workMax = 250_000;

/** Largest value one expression may give or build on its way: characters of its JSON text. */
export const resultCharactersMax = 256 * 1024;

/** Largest value that an expression may hand on as it is, and that a template may render to: characters of its JSON. */
export const renderedCharactersMax = 32 * 1024 * 1024;

/** Deepest nesting of a template, and of any value an expression gives or compares. */
export const jsonDepthMax = 64;

/** Longest pattern of `regex()`. */
export const patternCharactersMax = 512;
