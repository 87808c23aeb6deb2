/** Node's flags for a script of ours, by its path in the repository. */
export function nodeFlags(script?: string): string[];
