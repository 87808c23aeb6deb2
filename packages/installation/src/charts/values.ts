import { isMap, isNode, isScalar, parseDocument } from 'yaml';

/** A value of a chart as its file tells it: where it is, what it is by default and what its comment says. */
export type Value = { path: string[]; byDefault: unknown; meaning: string | undefined };

/** What the `# --` comment right above a line says. */
function commentAbove(lines: string[], line: number): string | undefined {
  const [, words] = /^\s*# -- (.+)$/.exec(lines[line - 1] ?? '') ?? [];
  return words;
}

/** Every value of a values file. A group that says what it is for is one value with all that is in it; one that does not is told value by value. */
export function valuesIn(text: string): Value[] {
  const lines = text.split('\n');
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length - 1;
  const document = parseDocument(text);
  const walk = (node: unknown, path: string[]): Value[] => {
    if (!isMap(node)) return [];
    return node.items.flatMap(({ key, value }) => {
      if (!isScalar(key) || !key.range) return [];
      const own = [...path, String(key.value)];
      const meaning = commentAbove(lines, lineOf(key.range[0]));
      const isGroup = isMap(value) && value.items.length > 0;
      if (meaning === undefined && isGroup) return walk(value, own);
      return [{ path: own, byDefault: isNode(value) ? value.toJS(document) : null, meaning }];
    });
  };
  return walk(document.contents, []);
}
